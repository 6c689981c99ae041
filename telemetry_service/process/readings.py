"""What goes into the engine and what comes out of it."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from uuid import UUID

from telemetry_service.measurements.quality import Quality, Reason

# A counter has at most some twenty digits; a longer text is not a reading and would cost time to multiply.
LONGEST_NUMBER = 40


class Reading(NamedTuple):
    """One raw row: `value` and `unit` are the provider's own text, `time` is the device's."""

    variable: str
    time: datetime
    value: str
    source: UUID
    unit: str = ""
    flags: int = 0  # raw.flags


class Measured(NamedTuple):
    """A measurement. `meter_from` is when the meter it was read on was installed; None is the point's first."""

    variable: str
    time: datetime
    value: float | None
    text: str | None
    quality: Quality
    reasons: Reason
    source: UUID
    config_version: int | None
    meter_from: datetime | None = None


def number_in(text: str) -> Decimal | None:
    """The finite number that the text is, exactly. None for anything else, `true` and `NaN` included."""
    if len(text) > LONGEST_NUMBER or "_" in text:  # Python reads 1_000 as a number, no logger writes it
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # An exponent beyond these is a decoding error, and would overflow the arithmetic after it.
    return number if number.is_finite() and -30 < number.adjusted() < 30 else None
