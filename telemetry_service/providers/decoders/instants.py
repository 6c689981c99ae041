"""A device's time, in whichever of the usual ways it writes it."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from telemetry_service.providers.engine.jsonpath import MISSING
from telemetry_service.providers.engine.times import EPOCH, read_time

DECIMAL = re.compile(r"\d{1,19}(?:\.\d{1,12})?")
# By magnitude: 10¹¹ seconds lie in the year 5138, 10¹¹ milliseconds in 1973.
UNITS = ((Decimal(10) ** 11, 1_000_000), (Decimal(10) ** 14, 1_000), (Decimal(10) ** 17, 1))
COMPACT = re.compile(r"(?:19|20)\d{12}")


def read_instant(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """None where nothing is said. ValueError where what is said is no time: that is never the same as nothing.

    Epoch seconds, milliseconds or microseconds by magnitude, `YYYYMMDDHHmmss`, ISO 8601; `zone` where it says none.
    """
    if value is None or value is MISSING or value == "":
        return None
    if isinstance(value, str) and DECIMAL.fullmatch(value) and not COMPACT.fullmatch(value):
        return _epoch(Decimal(value))
    return read_time(value, ("compact14", "iso8601"), zone)


def _epoch(number: Decimal) -> datetime:
    for limit, microseconds in UNITS:
        if number < limit:
            whole = (number * microseconds).to_integral_value(ROUND_HALF_EVEN)
            return EPOCH + timedelta(microseconds=int(whole))
    raise ValueError("el número no es una hora")
