from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "compliance_service.history"
    label = "history"
