from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "compliance_service.rights"
    label = "rights"
