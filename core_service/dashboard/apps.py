from django.apps import AppConfig
from django.contrib import admin


class DashboardConfig(AppConfig):
    name = "core_service.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        from core_service.dashboard.log_in import ThrottledLogInForm

        admin.site.site_header = "Stack VPS"
        admin.site.site_title = "Stack VPS"
        admin.site.index_title = "Administración"
        admin.site.login_form = ThrottledLogInForm
