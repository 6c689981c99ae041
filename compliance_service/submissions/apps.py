from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "compliance_service.submissions"
    label = "submissions"
