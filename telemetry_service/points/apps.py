from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "telemetry_service.points"
    label = "points"
