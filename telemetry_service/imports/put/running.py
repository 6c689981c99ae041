"""An import is put down piece by piece, each with its progress in one transaction: a crash repeats and skips nothing.

Its readings are heard when the last piece is down, all at once.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from telemetry_service.imports.models import Chunk, Import
from telemetry_service.imports.moving import move
from telemetry_service.imports.put import result
from telemetry_service.imports.put.chunks import ROWS, Absorbed, absorb
from telemetry_service.imports.put.putter import Putter
from telemetry_service.imports.put.standing import let_speak, one_at_a_time, request_points
from telemetry_service.imports.reading import Opened, open_rows, pieces
from telemetry_service.imports.states import State
from telemetry_service.raw.partitions import make_partitions_kept

ACTOR = "service:telemetry"


def go_on(batch: Import, *, now: datetime, most: int) -> int:
    """Puts down up to `most` pieces more and says how many those were. At the end of the file it is done."""
    make_partitions_kept(now=now)
    done = 0
    with open_rows(batch, now=now) as opened:
        putter = Putter(batch, now=now)
        rows = islice(opened.rows, batch.rows_done, None)
        for piece in islice(pieces(rows, ROWS), most):
            with transaction.atomic():
                absorbed = absorb(piece, reader=opened.reader, putter=putter, delimiter=opened.delimiter)
                _keep(batch, absorbed, opened)
            done += 1
        is_last = next(rows, None) is None
    if is_last:
        finish(batch, actor=ACTOR, now=now)
    return done


def finish(batch: Import, *, actor: str, now: datetime) -> None:
    """Everything is down: now it speaks, and its points are due."""
    with transaction.atomic():
        one_at_a_time()
        if move(batch, State.DONE, actor=actor, now=now):
            let_speak(batch)
            request_points(batch, now=now)


def _keep(batch: Import, absorbed: Absorbed, opened: Opened) -> None:
    number = batch.chunks.count()
    text = absorbed.text
    if not number:
        text = result.head(opened.titles, opened.reader.mapping.value_columns, delimiter=opened.delimiter) + text
    Chunk.objects.create(
        batch=batch,
        number=number,
        first_row=absorbed.first_row,
        last_row=absorbed.last_row,
        body=zlib.compress(text.encode()),
    )
    batch.rows_done += absorbed.rows
    batch.counts = dict(Counter(batch.counts) + absorbed.counts)
    batch.failures = 0
    batch.save(update_fields=["rows_done", "counts", "failures"])


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody else runs imports now. A process that dies, however it dies, loses the lock at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('imports run', 0))")
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended('imports run', 0))")
