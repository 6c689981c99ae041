"""Meters with dates: a person's, or the configuration's. What the readings themselves show is not in here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from telemetry_service.process.counter import Metering
from telemetry_service.process.setup import Setup


@dataclass(frozen=True, slots=True)
class MeterPeriod:
    """Readings are counts. What is None is as the point's configuration says at the time."""

    installed_at: datetime
    removed_at: datetime | None = None
    opening_reading: Decimal | None = None
    closing_reading: Decimal | None = None
    litres_per_pulse: Decimal | None = None
    calibration: Decimal | None = None
    digits: int | None = None


class Meters:
    """The meters of a point, asked for times that never go back."""

    def __init__(self, meters: Iterable[MeterPeriod], *, current_from: datetime | None = None) -> None:
        ordered = sorted(meters, key=lambda meter: meter.installed_at)
        self._waiting = ordered[::-1]
        self.current = next((meter for meter in ordered if meter.installed_at == current_from), None)

    def installed_by(self, time: datetime, *, after: datetime | None) -> Iterator[MeterPeriod]:
        """Meters that begin to count until `time`, later than the meter that counts now."""
        while self._waiting and self._waiting[-1].installed_at <= time:
            meter = self._waiting.pop()
            if after is None or meter.installed_at > after:
                yield meter
                self.current = meter

    def is_between(self, time: datetime) -> bool:
        """Whether the meter is out and no other is in."""
        removed_at = self.current.removed_at if self.current else None
        return removed_at is not None and time >= removed_at


def m3_per_count(litres_per_pulse: Decimal, calibration: Decimal) -> Decimal:
    return litres_per_pulse * calibration / 1000


@lru_cache(maxsize=256)
def _metering(
    litres: Decimal | None, factor: Decimal | None, calibration: Decimal, digits: int | None, m3_per_s: float
) -> Metering | None:
    per_count = m3_per_count(litres, calibration) if litres is not None else factor
    if per_count is None:
        return None
    return Metering(per_count, m3_per_s / float(per_count), Decimal(10) ** digits if digits else None)


def metering_of(setup: Setup, meter: MeterPeriod | None) -> Metering | None:
    """How `meter` counts under `setup`; None where nobody said how many litres a pulse is."""
    if meter is None:
        return _metering(None, setup.m3_per_count, setup.calibration, setup.digits, setup.ceiling_m3_s)
    calibration = meter.calibration if meter.calibration is not None else setup.calibration
    litres = meter.litres_per_pulse
    if litres is None and setup.m3_per_count is not None:
        litres = setup.m3_per_count * 1000 / setup.calibration
    return _metering(litres, None, calibration, meter.digits or setup.digits, setup.ceiling_m3_s)
