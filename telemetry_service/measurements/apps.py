from django.apps import AppConfig


class MeasurementsConfig(AppConfig):
    name = "telemetry_service.measurements"
    label = "measurements"
