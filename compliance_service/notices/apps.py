from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "compliance_service.notices"
    label = "notices"
