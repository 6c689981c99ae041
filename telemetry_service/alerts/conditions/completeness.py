"""A day of which too little came: by the last whole day of people, in America/Santiago."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
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
    """`least`: the share of a variable's readings that must come. Of `silent` points another alert says it already."""
    return [
        _sign(one, share, least.get(one.variable, USUAL_SHARE))
        for one in days
        if one.point_id not in silent and (share := _share(one)) < least.get(one.variable, USUAL_SHARE)
    ]


def last_day(now: datetime) -> date:
    """The last one that is over."""
    return now.astimezone(CHILE).date() - timedelta(days=1)


def _share(one: Day) -> float:
    expected = one.received + one.missing
    return one.received / expected if expected else 1.0


def _sign(one: Day, share: float, least: float) -> Sign:
    expected = one.received + one.missing
    begins = datetime(one.day.year, one.day.month, one.day.day, tzinfo=CHILE).astimezone(UTC)
    says = (
        f"El {one.day:%d-%m-%Y} llegaron {one.received} de {expected} lecturas de «{one.variable}» "
        f"({100 * share:.0f} %; se espera al menos {100 * least:.0f} %)."
    )
    evidence = {
        "day": one.day.isoformat(),
        "zone": "santiago",
        "received": one.received,
        "expected": expected,
        "share": round(share, 4),
        "least": least,
    }
    return Sign(Key(one.point_id, one.variable, Kind.INCOMPLETE), begins, says, evidence)
