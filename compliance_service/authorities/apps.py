from django.apps import AppConfig


class AuthoritiesConfig(AppConfig):
    name = "compliance_service.authorities"
    label = "authorities"
