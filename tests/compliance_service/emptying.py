"""An empty database between tests, or examples of one, that commit what they do."""

from django.db import connection

from compliance_service.authorities.operations import sync_sources

APPEND_ONLY = ("ledger_entry", "ledger_root")
KEPT = ("django_migrations", "django_content_type", *APPEND_ONLY)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND NOT tablename = ANY(%s)"


def empty_ledger() -> None:
    """By its tables' owner, who first has to take a trigger away."""
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
            cursor.execute(f"GRANT TRUNCATE ON {table} TO CURRENT_USER")
            cursor.execute(f"TRUNCATE {table}")
            cursor.execute(f"REVOKE TRUNCATE ON {table} FROM CURRENT_USER")
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")


def empty_all() -> None:
    """As the service finds its database on its first day."""
    empty_ledger()
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [list(KEPT)])
        names = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
    sync_sources()
