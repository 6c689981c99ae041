"""A service's schema is made before its first migration."""

from typing import Any

from django.conf import settings
from django.db import connections


def make_schema(*, using: str = "default", **_: Any) -> None:
    """`CREATE SCHEMA IF NOT EXISTS` fails for a role without CREATE on the database even when the schema is there."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [settings.SERVICE])
        row = cursor.fetchone()
        if not (row and row[0]):
            cursor.execute(f'CREATE SCHEMA "{settings.SERVICE}"')
