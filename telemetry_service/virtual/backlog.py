"""What is left to derive: windows of inputs that changed, by the point whose derived variables need them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from shared.db.together import Together
from telemetry_service.measurements.columns import instant
from telemetry_service.measurements.store import Merged
from telemetry_service.virtual.models import DerivedBacklog

EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
MOST_WINDOWS = 5000
# Whoever changes what is needed waits for those who noted by what was needed, and they for him: two numbers, so that
# nobody else's single one meets ours.
LOCK = (0x44455256, 1)  # "DERV"
# A day of a point is one window: a late row far from the others does not make all between them stale.
HOLD = "SELECT pg_advisory_xact_lock_shared(%(key)s, %(lock)s);"
NOTE = f"""{HOLD}
INSERT INTO derived_backlog (point_id, from_time, to_time, requested_at)
SELECT input.point_id, min(changed.time), max(changed.time), %(now)s
  FROM derived_input input
  JOIN measurement_changed changed
    ON changed.point_id = input.input_point AND changed.variable = input.input_variable
 WHERE input.point_id IS DISTINCT FROM %(but)s
 GROUP BY input.point_id, date_trunc('day', changed.time)
"""  # noqa: S608 the names are ours
NOTE_SPANS = f"""{HOLD}
INSERT INTO derived_backlog (point_id, from_time, to_time, requested_at)
SELECT input.point_id, min(changed.first), max(changed.last), %(now)s
  FROM derived_input input
  JOIN unnest(%(variables)s::text[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
       AS changed (variable, first, last) ON changed.variable = input.input_variable
 WHERE input.input_point = %(changed)s AND input.point_id IS DISTINCT FROM %(but)s
 GROUP BY input.point_id, date_trunc('day', changed.first)
"""  # noqa: S608 the names are ours


def note_changed(*, now: datetime, but: UUID | None = None) -> None:
    """Asks for what is made of the measurements that this transaction's last merge changed.

    To be called after the merge, in its transaction. `but`: this point's derived variables follow by themselves.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"key": LOCK[0], "lock": LOCK[1], "now": now, "but": but})


def note_merged(merged: Merged, *, point_id: UUID, now: datetime, on: Together, but: UUID | None = None) -> None:
    """As `note_changed`, of what was merged of this point; `on` is sent in its transaction."""
    if merged.spans is None:
        note_changed(now=now, but=but)
    elif merged.spans:
        variables, firsts, lasts, _ = zip(*merged.spans, strict=True)
        asked = {
            "variables": list(variables),
            "firsts": [instant(one) for one in firsts],
            "lasts": [instant(one) for one in lasts],
        }
        on.execute(NOTE_SPANS, {"key": LOCK[0], "lock": LOCK[1], "now": now, "but": but, "changed": point_id, **asked})


def wait_for_notes() -> None:
    """Until this transaction ends nobody notes; all who noted have committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)


def request_derived(*, point_id: UUID, start: datetime | None, now: datetime) -> None:
    """Everything derived of the point from `start` on; None is always."""
    DerivedBacklog.objects.create(point_id=point_id, from_time=start or EVER, to_time=NEVER, requested_at=now)


def waiting_points(*, but: Collection[UUID]) -> list[UUID]:
    waiting = DerivedBacklog.objects.exclude(point_id__in=list(but))
    return list(waiting.order_by("point_id").values_list("point_id", flat=True).distinct()[:100])


def take_point(point_id: UUID) -> bool:
    """False where another worker is at it. Until this transaction ends nobody else is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"derive {point_id}"])
        row: Any = cursor.fetchone()
    return bool(row[0])


@dataclass(frozen=True, slots=True)
class Window:
    """Inputs changed from `start` to `end`, both included. `ids`: the rows that say so."""

    start: datetime
    end: datetime
    ids: Sequence[int]

    @property
    def open(self) -> bool:
        return self.end >= NEVER or self.start <= EVER


def first_window(point_id: UUID, *, near: timedelta) -> Window | None:
    """The earliest that waits, with those that follow it within `near`."""
    rows = DerivedBacklog.objects.filter(point_id=point_id).order_by("from_time", "id")
    return _first(list(rows.values_list("id", "from_time", "to_time")[:MOST_WINDOWS]), near)


def _first(rows: Sequence[tuple[int, datetime, datetime]], near: timedelta) -> Window | None:
    if not rows:
        return None
    _, start, end = rows[0]
    ids = []
    for one, since, until in rows:
        if since - near > end:
            break
        ids.append(one)
        end = max(end, until)
    return Window(start, end, ids)


DONE = """
DELETE FROM derived_backlog WHERE id = ANY(%(ids)s) AND to_time <= %(last)s - %(reach)s;
UPDATE derived_backlog
   SET from_time = least(greatest(from_time, %(last)s + %(reach)s + interval '1 microsecond'), to_time)
 WHERE id = ANY(%(ids)s)
"""


def finish(window: Window) -> None:
    DerivedBacklog.objects.filter(id__in=window.ids).delete()


def finish_up_to(last: datetime, window: Window, *, reach: timedelta) -> None:
    """What is derived was made up to `last`; what is later and needs the window's inputs is left."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"ids": list(window.ids), "last": last, "reach": reach}
        cursor.execute(DONE, asked)
