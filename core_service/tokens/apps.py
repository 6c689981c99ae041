from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "core_service.tokens"
    label = "tokens"
    verbose_name = "Tokens"
