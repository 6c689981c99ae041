from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "core_service.tokens"
    label = "tokens"
    verbose_name = "Tokens"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from core_service.tokens.proof import when_logged_in

        user_logged_in.connect(when_logged_in, dispatch_uid="tokens.proof")
