"""Duties are made ahead, of many works by one statement."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from compliance_service.authorities.queries import versions_of
from compliance_service.authorities.rules import Version, spans
from compliance_service.obligations.calendar import DUE_AFTER, first_look, slots
from shared.db.unnest import by_column

HORIZON = timedelta(hours=48)
# The horizon is moved on twice a day, not with every hour.
MARGIN = timedelta(hours=12)
# A pass makes at most this many of one work: a start years back is caught up in several.
MOST_A_PASS = 10_000
# So many works share a transaction.
WORKS_AT_ONCE = 25

# Another worker that makes them, or a send that is being claimed, is not waited for: the next pass is in minutes. All
# who lock several works do so in the order of their ids.
BEHIND = """
SELECT id, source_id, standard, coalesce(made_until, start_date), end_date FROM compliance_config
 WHERE is_active AND id > %(after)s AND (made_until IS NULL OR made_until < %(behind)s)
   AND (%(only)s::uuid IS NULL OR id = %(only)s)
 ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
# Made twice they stay the same.
MAKE = """
INSERT INTO obligation (config_id, slot_at, due_at, deadline_at, next_look_at, rules_version, outcome, waiting_for,
                        cause, note, explained_by, evidence)
SELECT said.*, 'open', '', '', '', '', '{}'
  FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::int[]) said
    ON CONFLICT (config_id, slot_at) DO NOTHING
"""
REACHED = """
UPDATE compliance_config SET made_until = said.until
  FROM unnest(%s::uuid[], %s::timestamptz[]) AS said(id, until) WHERE compliance_config.id = said.id
"""
NONE = UUID(int=0)


class Behind(NamedTuple):
    """A work whose duties end at `start`."""

    config: UUID
    source: str
    standard: str
    start: datetime
    end: datetime | None


def make_ahead(now: datetime) -> int:
    """Makes the duties that fall due in the next two days, of every work; says how many."""
    return _make(now, behind=now + HORIZON - MARGIN, only=None)


def make_first(config: UUID, now: datetime) -> int:
    """Those of a new work, in the transaction that makes it."""
    return _make(now, behind=now + HORIZON, only=config)


def _make(now: datetime, *, behind: datetime, only: UUID | None) -> int:
    rules: dict[str, list[Version]] = {}
    made, after = 0, NONE
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(BEHIND, {"after": after, "behind": behind, "only": only, "limit": WORKS_AT_ONCE})
            works = [Behind(*row) for row in cursor.fetchall()]
            if not works:
                return made
            for source in {work.source for work in works} - rules.keys():
                rules[source] = versions_of(source)
            made += _extend(cursor, works, rules, now + HORIZON)
            after = works[-1].config


def _extend(cursor: Any, works: Sequence[Behind], rules: dict[str, list[Version]], horizon: datetime) -> int:
    """Duties of each work from where they end to the horizon."""
    rows: list[tuple[Any, ...]] = []
    reached: dict[UUID, datetime] = {}
    for work in works:
        mine = list(islice(_duties(work, rules[work.source], horizon), MOST_A_PASS))
        rows += mine
        is_cut = len(mine) == MOST_A_PASS
        reached[work.config] = mine[-1][1] + timedelta(microseconds=1) if is_cut else horizon
    if rows:
        cursor.execute(MAKE, by_column(rows))
    cursor.execute(REACHED, by_column(reached.items()))
    return len(rows)


def _duties(work: Behind, versions: Sequence[Version], horizon: datetime) -> Iterator[tuple[Any, ...]]:
    """In the order of MAKE's columns."""
    end = min(horizon, work.end) if work.end else horizon
    return chain.from_iterable(_by_rules(work, *span) for span in spans(versions, work.start, end))


def _by_rules(work: Behind, version: Version, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    """The duties of [start, end) by the rules that hold there."""
    standard = version.rules["standards"][work.standard]
    lag = max(timedelta(days=standard["lag_days"]), DUE_AFTER)
    for slot in slots(standard["every"], start=start, end=end):
        yield work.config, slot, slot + DUE_AFTER, slot + lag, first_look(slot), version.number
