"""One at a time, across processes: what is named is somebody's until his transaction ends."""

from django.db import connection

TAKE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def take_turn(name: str) -> None:
    """Waits for whoever has it. In a transaction; `name` is one for the whole database."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [name])
