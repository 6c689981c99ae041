from django.apps import AppConfig


class GapsConfig(AppConfig):
    name = "telemetry_service.gaps"
    label = "gaps"
