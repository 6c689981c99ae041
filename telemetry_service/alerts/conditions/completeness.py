"""A day of which too little came: by the last whole day of people, in America/Santiago."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from shared.clock import CHILE
from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.signs import Key, Sign

# Where no ALERT schema says otherwise: below four fifths somebody should look.
USUAL_SHARE = 0.8


class Day(NamedTuple):
    """Of a point's variable, by the device that read most of it."""

    point_id: UUID
    variable: str
    day: date
    received: int
    missing: int


def signs_of_days(days: Iterable[Day], *, least: Mapping[str, float], silent: Collection[UUID]) -> list[Sign]:
    """`least`: the share of a variable's readings that must come. Of `silent` points another alert says it already.

    Where too little came of all that a point measures, there is one sign of the point.
    """
    ordered = sorted((one for one in days if one.point_id not in silent), key=lambda one: (one.point_id, one.variable))
    found: list[Sign] = []
    for _, group in groupby(ordered, key=lambda one: one.point_id):
        known = list(group)
        short = [one for one in known if _share(one) < _least(one, least)]
        if len(short) > 1 and len(short) == len(known):
            found.append(_of_point(short, least))
        else:
            found += [_sign(one, _least(one, least)) for one in short]
    return found


def last_day(now: datetime) -> date:
    """The last one that is over."""
    return now.astimezone(CHILE).date() - timedelta(days=1)


def _share(one: Day) -> float:
    expected = one.received + one.missing
    return one.received / expected if expected else 1.0


def _least(one: Day, least: Mapping[str, float]) -> float:
    return least.get(one.variable, USUAL_SHARE)


def _of_point(short: Sequence[Day], least: Mapping[str, float]) -> Sign:
    first = short[0]
    received, expected = sum(one.received for one in short), sum(one.received + one.missing for one in short)
    each = ", ".join(f"{one.variable}: {100 * _share(one):.0f} %" for one in short)
    says = f"El {first.day:%d-%m-%Y} llegaron {received} de {expected} lecturas del punto ({each})."
    rows = [{"variable": one.variable, **_numbers(one, _least(one, least))} for one in short]
    evidence = {"day": first.day.isoformat(), "zone": "santiago", "variables": rows}
    return Sign(Key(first.point_id, "", Kind.INCOMPLETE), _begin(first.day), says, evidence)


def _sign(one: Day, least: float) -> Sign:
    says = (
        f"El {one.day:%d-%m-%Y} llegaron {one.received} de {one.received + one.missing} lecturas de «{one.variable}» "
        f"({100 * _share(one):.0f} %; se espera al menos {100 * least:.0f} %)."
    )
    evidence = {"day": one.day.isoformat(), "zone": "santiago", **_numbers(one, least)}
    return Sign(Key(one.point_id, one.variable, Kind.INCOMPLETE), _begin(one.day), says, evidence)


def _numbers(one: Day, least: float) -> dict[str, float]:
    expected = one.received + one.missing
    return {"received": one.received, "expected": expected, "share": round(_share(one), 4), "least": least}


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHILE).astimezone(UTC)
