from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "compliance_service.reports"
    label = "reports"
