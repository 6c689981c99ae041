"""The way of most pushes: nobody pushed them before, all their rows are new, and names mean what they meant.

One question says so, and one message writes everything and commits it. Whatever is not so takes the long way, of
`keep.operations`, which finds out about each row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from shared.db.unnest import listed
from telemetry_service.push.keep.push import Push, answers_of, bodies_of
from telemetry_service.push.keep.rows import ANSWER, remembered, spans_of_points
from telemetry_service.push.place.judge import Judged
from telemetry_service.push.place.sources import Directory
from telemetry_service.raw.fresh import Statement, many, put_fresh
from telemetry_service.raw.lots import Lot, arrange, joined
from telemetry_service.raw.merge import STANDS, News, asked, spans
from telemetry_service.raw.operations import REQUEST, requested
from telemetry_service.raw.store import Put

FRESH = f"""
SELECT (SELECT count(*) = %(count)s AND coalesce(sum(id), 0) = %(total)s FROM push_source_change)
   AND NOT EXISTS (
       SELECT FROM unnest(%(owners)s::uuid[], %(names)s::text[]) AS said (key_id, idempotency_key)
         JOIN push_answer known ON known.key_id = said.key_id AND known.idempotency_key = said.idempotency_key)
   AND NOT {STANDS}
"""  # noqa: S608 the names are ours


def keep_fresh(pushes: Sequence[Push], held: Directory, judged: Mapping[Push, Judged], *, now: datetime) -> bool:
    """Gives each its outcome; or False, and nothing was done."""
    lot = joined([judged[push].lot for push in pushes])
    if not len(lot) or _is_odd(pushes, judged.values()):
        return False
    rows = arrange(lot)
    news = spans(lot, rows.order, rows.ranks)
    if rows.again or not _is_fresh(pushes, lot, news, held):
        return False
    outcomes = answers_of(pushes, judged, Put([], {}, news))
    if not put_fresh(lot, rows, bodies_of(pushes), _beside(pushes, outcomes, news, judged, held, now)):
        return False
    for push in pushes:
        push.outcome = outcomes[push]
    return True


def _is_odd(pushes: Sequence[Push], judged: Iterable[Judged]) -> bool:
    """One that came twice, or a clock that someone has to be told of."""
    named = [push.name for push in pushes if push.idempotency_key]
    return len(set(named)) < len(named) or any(one.impossible for one in judged)


def _is_fresh(pushes: Sequence[Push], lot: Lot, news: Sequence[News], held: Directory) -> bool:
    count, total = held.version
    said: dict[str, Any] = {
        "count": count,
        "total": total,
        "owners": listed(push.key_id for push in pushes),
        "names": [push.idempotency_key for push in pushes],
        **asked(lot, news),
    }
    with connection.cursor() as cursor:
        cursor.execute(FRESH, said)
        return bool(cursor.fetchone()[0])


def _beside(
    pushes: Sequence[Push],
    outcomes: Mapping[Push, bytes],
    news: Sequence[News],
    judged: Mapping[Push, Judged],
    held: Directory,
    now: datetime,
) -> Iterable[Statement]:
    answers = remembered(pushes, outcomes)
    if answers:
        yield many(ANSWER, answers)
    first, last = spans_of_points(news, judged.values())
    yield Statement(REQUEST, requested(first, last, held.reaches(first), now=now))
