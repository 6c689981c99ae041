from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class DatabaseConfig(AppConfig):
    name = "shared.db"
    label = "shared_db"

    def ready(self) -> None:
        from shared.db.hypertables import make_hypertables, require_hypertables
        from shared.db.schema import make_schema

        pre_migrate.connect(make_schema, dispatch_uid="shared.db.make_schema")
        pre_migrate.connect(require_hypertables, dispatch_uid="shared.db.require_hypertables")
        post_migrate.connect(make_hypertables, dispatch_uid="shared.db.make_hypertables")
