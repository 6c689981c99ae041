from django.apps import AppConfig


class RawConfig(AppConfig):
    name = "telemetry_service.raw"
    label = "raw"
