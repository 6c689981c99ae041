from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "telemetry_service.keys"
    label = "keys"
