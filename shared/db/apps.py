from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class DatabaseConfig(AppConfig):
    name = "shared.db"
    label = "shared_db"

    def ready(self) -> None:
        from shared.db.schema import make_schema

        pre_migrate.connect(make_schema, dispatch_uid="shared.db.make_schema")
