from django.apps import AppConfig


class ListenConfig(AppConfig):
    name = "telemetry_service.listen"
    label = "listen"
