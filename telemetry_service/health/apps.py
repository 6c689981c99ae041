from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "telemetry_service.health"
    label = "health"
