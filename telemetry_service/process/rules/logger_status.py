"""TagoIO and NOVUS loggers say −2, −5 or −3200 where they have no value: a status, not a number."""

from decimal import Decimal

STATUS_CODES = frozenset({Decimal(-2), Decimal(-5), Decimal(-3200)})
# The codes that are also temperatures are codes for everything that cannot be below zero.
COLD = frozenset({Decimal(-2), Decimal(-5)})
MAY_BE_NEGATIVE = frozenset({"temperature", "signal"})


def is_logger_status(variable: str, number: Decimal) -> bool:
    if number >= 0 or number not in STATUS_CODES:
        return False
    return variable not in MAY_BE_NEGATIVE or number not in COLD
