from django.apps import AppConfig


class CollectConfig(AppConfig):
    name = "telemetry_service.collect"
    label = "collect"
