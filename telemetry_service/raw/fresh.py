"""Rows that nobody had, with whatever is written with them, in one message to the server.

A transaction in the usual way (BEGIN, one statement after the other, COMMIT) goes to the server and back for each of
them, which is most of what a few rows cost. Whoever comes here has asked STANDS before; where another writer came
between, nothing is written, and `raw.store` finds out which rows are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from shared.db.copy import copy_encoded
from telemetry_service.raw.arrivals import NOTE, noted
from telemetry_service.raw.lots import COLUMNS, Arranged, Lot, encoded
from telemetry_service.raw.partitions import ANSWERS, READINGS
from telemetry_service.raw.store import KEPT_COLUMNS, Answer, kept

KEEP = f"INSERT INTO {ANSWERS} ({', '.join(column.name for column in KEPT_COLUMNS)}) VALUES "  # noqa: S608 ours


class Statement(NamedTuple):
    """SQL of our own with its values, as a cursor takes them."""

    text: str
    values: Sequence[Any] | Mapping[str, Any]


def put_fresh(lot: Lot, rows: Arranged, answers: Mapping[UUID, Answer], then: Iterable[Statement]) -> bool:
    """False where it is not so that all are new, or where a month has no partition: nothing was written then.

    Outside a transaction it is one by itself.
    """
    statements = [Statement(NOTE, noted(lot, rows.order, rows.ranks)), _kept(lot, answers), *then]
    try:
        with _guard(), connection.cursor() as cursor, connection.wrap_database_errors:
            written = b"".join(b";" + cursor.mogrify(*statement) for statement in statements)
            copy_encoded(cursor, READINGS, COLUMNS, encoded(lot, rows.order), then=written)
    except IntegrityError:
        return False
    return True


def many(text: str, rows: Sequence[Sequence[Any]]) -> Statement:
    """`text` ends with VALUES."""
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    return Statement(text + ", ".join([row] * len(rows)), [value for one in rows for value in one])


def _guard() -> AbstractContextManager[Any]:
    """Within a transaction a savepoint, as what is refused must leave it whole."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _kept(lot: Lot, answers: Mapping[UUID, Answer]) -> Statement:
    received = {tail.answer_id: tail.received_at for tail in set(lot.tails)}
    return many(KEEP, [kept(received[answer_id], answer_id, answers[answer_id]) for answer_id in sorted(received)])
