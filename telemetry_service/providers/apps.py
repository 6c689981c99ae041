from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "telemetry_service.providers"
    label = "providers"
