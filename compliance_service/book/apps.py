from django.apps import AppConfig


class BookConfig(AppConfig):
    name = "compliance_service.book"
    label = "book"
