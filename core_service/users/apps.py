from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "core_service.users"
    label = "users"
    verbose_name = "Usuarios"
