from django.apps import AppConfig


class CatchmentConfig(AppConfig):
    name = "core_service.catchment"
    label = "catchment"
    verbose_name = "Puntos de captación"
