from django.apps import AppConfig


class GoLiveConfig(AppConfig):
    name = "compliance_service.golive"
    label = "golive"
