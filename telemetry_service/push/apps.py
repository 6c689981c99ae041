from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "telemetry_service.push"
    label = "push"
