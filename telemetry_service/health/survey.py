"""Everything that is known of devices, read at once: a constant number of queries, however many devices there are."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from shared.db.unnest import by_column
from telemetry_service.health.condition import Newest
from telemetry_service.health.device import Device, Said, Status
from telemetry_service.health.limits import NAMES, USUAL, Limits, changed
from telemetry_service.providers.models import POLLED

DAY = timedelta(days=1)
DEVICES = """
SELECT source.id, source.point_id, source.state, source.stop_reason, source.period_s, source.cadence_s,
       source.created_at, source.last_outcome, source.failures, provider.type,
       series.key, series.variable, watch.newest_at, watch.cadence_s
  FROM source
  JOIN provider ON provider.id = source.provider_id
  JOIN point ON point.id = source.point_id AND NOT point.deleted
  LEFT JOIN raw_series series ON series.source_id = source.id AND series.withdrawn_at IS NULL
  LEFT JOIN gap_watch watch ON watch.source_id = source.id AND watch.key = series.key
 WHERE source.state <> 'draft' AND (%(sources)s::uuid[] IS NULL OR source.id = ANY(%(sources)s::uuid[]))
 ORDER BY source.id, series.variable
"""
# Batteries and signals are read where the newest reading lies: one look-up by key for each. A statement of its own, as
# to plan it over all months of raw rows takes longer than all the others, and few devices say them.
POWERS = """
SELECT asked.source_id, asked.key, found.value, found.unit
  FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS asked (source_id, key, newest_at)
 CROSS JOIN LATERAL (
       SELECT raw.value, raw.unit FROM raw_telemetry_data raw
        WHERE raw.source_id = asked.source_id AND raw.key = asked.key AND raw.device_time = asked.newest_at
        LIMIT 1) found
"""
SAMPLES = """
SELECT source_id, array_agg(least_ms) FROM clock_sample
 WHERE (%(sources)s::uuid[] IS NULL OR source_id = ANY(%(sources)s::uuid[]))
 GROUP BY source_id
"""
STATUSES = """
SELECT DISTINCT ON (source_id, key, code) source_id, key, code, last_at,
       (sum(count) OVER (PARTITION BY source_id, key, code))::integer
  FROM logger_status
 WHERE day >= %(since)s AND (%(sources)s::uuid[] IS NULL OR source_id = ANY(%(sources)s::uuid[]))
 ORDER BY source_id, key, code, last_at DESC
"""
FAULTS = "SELECT source_id, said, last_seen_at FROM clock_fault WHERE last_seen_at > %s"
LIMITS = f"SELECT source_id, {', '.join(NAMES)} FROM health_limits"  # noqa: S608 the names are ours
POWER = ("battery", "battery_voltage", "signal")
STATUS_DAYS = 7


def survey(*, now: datetime, sources: Collection[UUID] | None = None) -> list[Device]:
    """The devices of these sources (None: of all that are not drafts), by id."""
    asked: dict[str, Any] = {"sources": None if sources is None else list(sources)}
    with connection.cursor() as cursor:
        cursor.execute(DEVICES, asked)
        rows = cursor.fetchall()
        cursor.execute(SAMPLES, asked)
        samples = dict(cursor.fetchall())
        cursor.execute(STATUSES, asked | {"since": (now - STATUS_DAYS * DAY).date()})
        statuses = cursor.fetchall()
    rest = _Rest(samples, statuses, _faults(now), _limits(), _powers(rows))
    return [_device(list(group), rest) for _, group in groupby(rows, key=itemgetter(0))]


class _Fault(NamedTuple):
    said: str
    last_seen_at: datetime


class _Rest:
    """What is known besides the series, by source."""

    def __init__(
        self,
        samples: Mapping[UUID, Sequence[int]],
        statuses: Sequence[tuple[Any, ...]],
        faults: Mapping[UUID, _Fault],
        limits: Mapping[UUID | None, Mapping[str, Any]],
        powers: Mapping[tuple[UUID, str], tuple[str, str]],
    ) -> None:
        self.faults, self.samples, self._limits, self._powers = faults, samples, limits, powers
        self.usual = changed(USUAL, limits.get(None, {}))
        self.statuses = {key: list(group) for key, group in groupby(statuses, key=itemgetter(0))}

    def power(self, source_id: UUID, one: "_Series") -> Said | None:
        found = self._powers.get((source_id, one.key))
        return Said(found[0], found[1], one.newest_at) if found else None

    def limits(self, source_id: UUID) -> Limits:
        return changed(self.usual, self._limits.get(source_id, {}))


def _device(rows: Sequence[tuple[Any, ...]], rest: _Rest) -> Device:
    source_id, point_id, state, reason, period_s, cadence_s, created_at, outcome, failures, kind = rows[0][:10]
    series = [_Series(*row[10:]) for row in rows if row[10] is not None]
    pushed, fault = kind not in POLLED, rest.faults.get(source_id)
    variable_of = {one.key: one.variable for one in series}
    return Device(
        source_id=source_id,
        point_id=point_id,
        state=state,
        stop_reason=reason,
        last_outcome=outcome,
        failures=failures,
        created_at=created_at,
        period=_period(series, cadence_s, period_s, pushed=pushed),
        pushed=pushed,
        variables={one.variable: Newest(one.newest_at, _seconds(one.cadence_s)) for one in series},
        power={one.variable: said for one in series if (said := rest.power(source_id, one))},
        limits=rest.limits(source_id),
        least=tuple(timedelta(milliseconds=least) for least in rest.samples.get(source_id, ())),
        statuses=tuple(
            Status(variable_of.get(key, key), code, last_at, count)
            for _, key, code, last_at, count in rest.statuses.get(source_id, ())
        ),
        impossible=fault.said if fault else "",
        impossible_at=fault.last_seen_at if fault else None,
    )


class _Series(NamedTuple):
    key: str
    variable: str
    newest_at: datetime
    cadence_s: int | None


def _period(series: Sequence[_Series], cadence_s: int | None, period_s: int, *, pushed: bool) -> timedelta:
    """Between two readings of its fastest variable; what is asked for shows no sooner than at the next poll."""
    rhythms = [one.cadence_s for one in series if one.cadence_s]
    measures = cadence_s or min(rhythms, default=period_s)
    return timedelta(seconds=measures if pushed else max(measures, period_s))


def _seconds(count: int | None) -> timedelta | None:
    return timedelta(seconds=count) if count else None


def _powers(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[UUID, str], tuple[str, str]]:
    """What was said last of batteries and signals, with its unit, by source and key."""
    asked = [(row[0], row[10], row[12]) for row in rows if row[11] in POWER and row[12] is not None]
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(POWERS, by_column(asked))
        return {(source_id, key): (value, unit or "") for source_id, key, value, unit in cursor.fetchall()}


def _faults(now: datetime) -> dict[UUID, _Fault]:
    with connection.cursor() as cursor:
        cursor.execute(FAULTS, [now - DAY])
        return {source_id: _Fault(*rest) for source_id, *rest in cursor.fetchall()}


def _limits() -> dict[UUID | None, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
        return {source_id: dict(zip(NAMES, limits, strict=True)) for source_id, *limits in cursor.fetchall()}
