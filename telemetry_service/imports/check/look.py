"""The dry run: everything is done as it would be, looked at, and undone. Nothing is left but the report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from telemetry_service.imports.check.doubts import warnings_of
from telemetry_service.imports.check.effect import effect_of
from telemetry_service.imports.check.summary import MOST_LINES, Summary
from telemetry_service.imports.models import Import
from telemetry_service.imports.put import result
from telemetry_service.imports.put.chunks import ROWS, absorb
from telemetry_service.imports.put.putter import Putter
from telemetry_service.imports.put.standing import let_speak, lines_of
from telemetry_service.imports.reading import open_rows, pieces
from telemetry_service.raw.partitions import make_partitions_kept

Sink = Callable[[str], object]


def look_at(batch: Import, *, now: datetime, sink: Sink | None = None) -> dict[str, Any] | None:
    """The report; None where another worker is at this very import. `sink` is told the result file as it would be.

    Raises InvalidInput where the file and the mapping do not fit.
    """
    make_partitions_kept(now=now)
    with _undone():
        return _look(batch, now, sink) if _alone(batch) else None


def _look(batch: Import, now: datetime, sink: Sink | None) -> dict[str, Any]:
    with open_rows(batch, now=now) as opened:
        summary = Summary(opened.reader.mapping.value_columns)
        putter = Putter(batch, now=now)
        if sink:
            sink(result.head(opened.titles, summary.columns, delimiter=opened.delimiter))
        for rows in pieces(opened.rows, ROWS):
            done = absorb(rows, reader=opened.reader, putter=putter, delimiter=opened.delimiter, seen=summary.add)
            if sink:
                sink(done.text)
    let_speak(batch)
    return _report(batch, summary)


def _report(batch: Import, summary: Summary) -> dict[str, Any]:
    lines = lines_of(batch)
    series = []
    for (point_id, variable), span in sorted(summary.spans.items())[:MOST_LINES]:
        effect = effect_of(batch, lines[point_id, variable])
        where = {"point": str(point_id), "code": span.code, "variable": variable}
        series.append({**where, **span.shown(), "effect": effect and effect.shown()})
    return {
        "rows": summary.rows,
        "blank": summary.blank,
        "counts": dict(summary.counts),
        "problems": summary.problems,
        "problems_found": summary.found,
        "series": series,
        "series_found": len(summary.spans),
        "warnings": warnings_of(batch, summary, series),
    }


@contextmanager
def _undone() -> Iterator[None]:
    """A transaction of which nothing stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _alone(batch: Import) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {batch.id}"])
        return bool(cursor.fetchone()[0])
