from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "telemetry_service.schemas"
    label = "schemas"
