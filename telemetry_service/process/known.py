"""What a point's measurements are made with besides its raw rows: dated configuration, meters, persons' decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from telemetry_service.measurements.append import LATEST_TEXT, read_latest
from telemetry_service.points.queries import VERSIONS_TEXT, ConfigVersion, versions_of
from telemetry_service.process.engine import Checkpoint, Outcome, evaluate_columns
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.models import Meter
from telemetry_service.process.queries import meters_of, periods, rejected
from telemetry_service.process.setup import Setup, setup_of
from telemetry_service.raw.columns import RawColumns
from telemetry_service.raw.queries import SERIES_TEXT, Heard, heard_of


@dataclass(frozen=True, slots=True)
class Known:
    """`rows` are the meters as they are stored, those that only the readings show included."""

    point_id: UUID
    setups: Sequence[Setup]
    meters: Sequence[MeterPeriod]
    rejected: frozenset[datetime]
    rows: Sequence[Meter]
    heard: Heard
    latest: dict[str, int]

    def evaluate(self, raw: Sequence[RawColumns], *, start: Checkpoint | None) -> Outcome:
        return evaluate_columns(raw, setups=self.setups, meters=self.meters, rejected=self.rejected, start=start)


# One trip for all of it: most points have the same configuration and series in every pass, and no stored meter.
KNOWN = f"""
SELECT {VERSIONS_TEXT}, {SERIES_TEXT}, {LATEST_TEXT}, EXISTS (SELECT FROM meter WHERE point_id = %(point)s)
"""  # noqa: S608 the names are ours
# A worker that lost its claim by being slow may still be at it. What follows sees all that it did.
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0));"


def known_of(point_id: UUID, *, hold: bool = False) -> Known:
    """`hold`: until the transaction ends nobody else makes the point's measurements."""
    with connection.cursor() as cursor:
        cursor.execute((HOLD if hold else "") + KNOWN, {"point": point_id, "lock": f"process {point_id}"})
        versions, series, latest, has_meters = cursor.fetchone()
    rows = meters_of(point_id) if has_meters else []
    return Known(
        point_id, _setups_of(versions), periods(rows), rejected(rows), rows, heard_of(series), read_latest(latest)
    )


@lru_cache(maxsize=5000)
def _setups_of(text: str | None) -> Sequence[Setup]:
    """The same text is the same configuration."""
    return tuple(setups_of(versions_of(text)))


def setups_of(versions: Sequence[ConfigVersion]) -> list[Setup]:
    return [setup_of(version=one.version, valid_from=one.valid_from, config=one.config) for one in versions]
