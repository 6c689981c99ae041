from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "telemetry_service.imports"
    label = "imports"
