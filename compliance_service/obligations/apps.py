from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "compliance_service.obligations"
    label = "obligations"
