from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "compliance_service.ledger"
    label = "ledger"
