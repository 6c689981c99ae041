"""Device times that cannot be right, or are old. A time without a zone is the usual way to be three hours wrong."""

from collections.abc import Iterator
from datetime import timedelta

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking, warning

DRIFT = timedelta(minutes=5)
# As collect.schedule.IMPOSSIBLE: such a reading is not stored at all.
IMPOSSIBLE = timedelta(days=1)
OLD = timedelta(hours=24)
# Chile's clocks are behind UTC by these, summer and winter.
OFFSETS = (timedelta(hours=3), timedelta(hours=4))
ZONE, WRITTEN = "provider.config.time.assume_tz", "la zona en que las escribe el proveedor"
UTC_TIME = "la hora UTC del dispositivo"


def without_zone(evidence: Evidence) -> Iterator[Finding]:
    odd = sorted(evidence.tried.without_zone & set(evidence.variables))
    if odd:
        yield warning(
            "time_without_zone",
            ZONE,
            f"las horas de {', '.join(odd)} no dicen su zona: valen como la de time.assume_tz",
            WRITTEN,
        )


def shifted(evidence: Evidence) -> Iterator[Finding]:
    """All of it three or four hours old, or ahead, to the minute: a zone taken for another."""
    newest = max((one.device_time for one in evidence.newest.values()), default=None)
    if newest is None:
        return
    age = evidence.now - newest
    tolerance = min(max(evidence.cadence, DRIFT), timedelta(minutes=20))
    for offset in OFFSETS:
        if offset <= age <= offset + tolerance or offset - tolerance <= -age <= offset:
            side = "atrás" if age > timedelta(0) else "adelante"
            problem = f"la última lectura está {offset.total_seconds() / 3600:.0f} h justas {side}"
            yield warning("time_shifted", ZONE, problem, WRITTEN)


def in_future(evidence: Evidence) -> Iterator[Finding]:
    for key, reading in evidence.newest.items():
        ahead = reading.device_time - evidence.now
        problem = f"la hora de «{key}» está {_said(ahead)} adelante"
        if ahead > IMPOSSIBLE:
            yield blocking("time_impossible", evidence.field_of(key), problem, UTC_TIME)
        elif ahead > DRIFT:
            yield warning("time_in_future", evidence.field_of(key), problem, f"{UTC_TIME}: su reloj adelanta")


def stale(evidence: Evidence) -> Iterator[Finding]:
    """Older than a day is stale; older than two of its own periods is late."""
    for key, reading in evidence.newest.items():
        age = evidence.now - reading.device_time
        problem = f"la última lectura de «{key}» tiene {_said(age)}"
        if age > OLD:
            yield warning("stale", evidence.field_of(key), problem, "una lectura de las últimas 24 h")
        elif age > 2 * evidence.cadence + DRIFT:
            yield warning("late", evidence.field_of(key), problem, f"una cada {_said(evidence.cadence)}")


def _said(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} días"
