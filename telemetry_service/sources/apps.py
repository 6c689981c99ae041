from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "telemetry_service.sources"
    label = "sources"
