from django.apps import AppConfig


class VirtualConfig(AppConfig):
    name = "telemetry_service.virtual"
    label = "virtual"
