from django.apps import AppConfig


class ReceiptsConfig(AppConfig):
    name = "compliance_service.receipts"
    label = "receipts"
