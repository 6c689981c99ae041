"""What a point's measurements are made with besides its raw rows: dated configuration, meters, persons' decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from telemetry_service.points.queries import ConfigVersion, config_versions
from telemetry_service.process.engine import Checkpoint, Outcome, evaluate_columns
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.models import Meter
from telemetry_service.process.queries import meters_of, periods, rejected
from telemetry_service.process.setup import Setup, setup_of
from telemetry_service.raw.columns import RawColumns


@dataclass(frozen=True, slots=True)
class Known:
    """`rows` are the meters as they are stored, those that only the readings show included."""

    point_id: UUID
    setups: Sequence[Setup]
    meters: Sequence[MeterPeriod]
    rejected: frozenset[datetime]
    rows: Sequence[Meter]

    def evaluate(self, raw: Sequence[RawColumns], *, start: Checkpoint | None) -> Outcome:
        return evaluate_columns(raw, setups=self.setups, meters=self.meters, rejected=self.rejected, start=start)


def known_of(point_id: UUID) -> Known:
    rows = meters_of(point_id)
    return Known(point_id, setups_of(config_versions(point_id)), periods(rows), rejected(rows), rows)


def setups_of(versions: Sequence[ConfigVersion]) -> list[Setup]:
    return [setup_of(version=one.version, valid_from=one.valid_from, config=one.config) for one in versions]
