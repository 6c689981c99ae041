"""From what a clock on a wall said to an instant. An hour that was twice or never is not guessed."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from telemetry_service.imports.files.cells import CellProblem

NAMED = ("America/Santiago", "America/Punta_Arenas", "Pacific/Easter", "UTC")
FIXED = re.compile(r"UTC([+-])([0-9]{1,2})(?::([0-9]{2}))?")
SAY_THE_OFFSET = "una hora con su desfase (2024-04-06T23:30:00-04:00), o la zona UTC-4 si el equipo no cambia de hora"


def zone_of(name: str) -> tzinfo:
    """One of NAMED, or a fixed one as «UTC-4» or «UTC-03:30». Raises ValueError for any other."""
    if name in NAMED:
        return ZoneInfo(name)
    found = FIXED.fullmatch(name)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        raise ValueError(name)
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(ahead if found[1] == "+" else -ahead)


def to_utc(at: datetime, zone: tzinfo) -> datetime:
    """Raises CellProblem for a local time that the change of the clocks made twice or left out."""
    try:
        return _to_utc(at, zone)
    except OverflowError as error:
        raise CellProblem("la fecha está fuera del calendario", "una fecha de los últimos años") from error


def _to_utc(at: datetime, zone: tzinfo) -> datetime:
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    first, second = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before is not None and after is not None and before != after:
        if before > after:
            raise CellProblem("esa hora ocurrió dos veces, por el cambio de hora", SAY_THE_OFFSET)
        raise CellProblem("esa hora no existió, por el cambio de hora", SAY_THE_OFFSET)
    return first.astimezone(UTC)
