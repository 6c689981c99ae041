"""Puts the rows of partitions that are over in the order of their key."""

from datetime import date
from typing import Any

from django.db import OperationalError

from shared.db.partitions import partitions_before

LOCK = 0x5041434B  # "PACK"
WAIT = "3s"  # for a partition that somebody else has
# A chunk's is not named after it.
UNPACKED = """
SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE indrelid = to_regclass(%s) AND indisprimary AND NOT indisclustered
"""


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
        over = [(child, _unpacked_key(connection, child)) for child in partitions_before(connection, table, month)]
        return [child for child, key in over if key and _pack(connection, child, key)]
    finally:
        _asked(connection, "pg_advisory_unlock", table)


def _asked(connection: Any, lock: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s, hashtext(%s))", [LOCK, table])
        return bool(cursor.fetchone()[0])


def _pack(connection: Any, child: str, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', '0', false)", [WAIT]
        )
        try:
            cursor.execute(f'CLUSTER {child} USING "{key}"')
            # All of it is visible to everybody now: the index alone answers for what it includes.
            cursor.execute(f"VACUUM (FREEZE, ANALYZE) {child}")
        except OperationalError:
            return False
        finally:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
    return True


def _unpacked_key(connection: Any, child: str) -> str | None:
    """The index of its key; None where its rows are in that order already."""
    with connection.cursor() as cursor:
        cursor.execute(UNPACKED, [child])
        row = cursor.fetchone()
        return str(row[0]) if row else None
