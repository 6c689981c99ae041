from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "core_service.keys"
    label = "keys"
    verbose_name = "Claves de equipos"
