from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "compliance_service.points"
    label = "points"
