"""Puts the rows of partitions that are over in the order of their key."""

from datetime import date
from typing import Any

from django.db import OperationalError

from shared.db.partitions import partitions_before

LOCK = 0x5041434B  # "PACK"
WAIT = "3s"  # for a partition that somebody else has


def pack_before(connection: Any, table: str, month: date) -> list[str]:
    """Puts the rows of every partition that ends at or before the first of `month` in the order of its key; names
    those it packed, each once.

    Rows come in the order of arrival: those of one series lie a page apart. Packed, a month of it is some pages beside
    each other. A partition is locked while it is written anew, readers and late writers of it wait; where somebody
    else has it for longer than WAIT it is left for the next time. None where somebody else packs the table. Not to be
    called inside a transaction.
    """
    if not _asked(connection, "pg_try_advisory_lock", table):
        return []
    try:
        over = list(partitions_before(connection, table, month))
        return [child for child in over if not _is_packed(connection, child) and _pack(connection, child)]
    finally:
        _asked(connection, "pg_advisory_unlock", table)


def _asked(connection: Any, lock: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s, hashtext(%s))", [LOCK, table])
        return bool(cursor.fetchone()[0])


def _pack(connection: Any, child: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', '0', false)", [WAIT]
        )
        try:
            cursor.execute(f'CLUSTER "{child}" USING "{child}_pkey"')
            # All of it is visible to everybody now: the index alone answers for what it includes.
            cursor.execute(f'VACUUM (FREEZE, ANALYZE) "{child}"')
        except OperationalError:
            return False
        finally:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
    return True


def _is_packed(connection: Any, child: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisclustered FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{child}_pkey"'])
        row = cursor.fetchone()
        return bool(row and row[0])
