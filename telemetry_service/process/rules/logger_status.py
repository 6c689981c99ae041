"""TagoIO and NOVUS loggers say −2, −5 or −3200 where they have no value: a status, not a number."""

from decimal import Decimal

import numpy as np

from telemetry_service.process.instants import Floats, Mask

STATUS_CODES = frozenset({Decimal(-2), Decimal(-5), Decimal(-3200)})
# The codes that are also temperatures are codes for everything that cannot be below zero.
COLD = frozenset({Decimal(-2), Decimal(-5)})
MAY_BE_NEGATIVE = frozenset({"temperature", "signal"})


def is_logger_status(variable: str, number: Decimal) -> bool:
    if number >= 0 or number not in STATUS_CODES:
        return False
    return variable not in MAY_BE_NEGATIVE or number not in COLD


def status_rows(variable: str, values: Floats) -> Mask:
    """Of a whole column, those that are a status."""
    codes = STATUS_CODES - COLD if variable in MAY_BE_NEGATIVE else STATUS_CODES
    return np.isin(values, [float(code) for code in codes])
