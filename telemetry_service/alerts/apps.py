from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "telemetry_service.alerts"
    label = "alerts"
