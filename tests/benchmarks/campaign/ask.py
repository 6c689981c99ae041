"""What the tables say at a campaign's end."""

from typing import Any

from django.db import connection


def ask(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
