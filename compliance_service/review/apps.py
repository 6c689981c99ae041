from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "compliance_service.review"
    label = "review"
