"""Decimals as whole numbers of a power of ten, so that arrays of them are exact.

A double is no decimal: 60.3 - 0.9 is not 59.4 in it. But a whole number below 2^53 is exact, and dividing one by a
power of ten rounds once, to the very double that the decimal itself would become.
"""

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from telemetry_service.process.instants import Floats, Int64, Mask

MOST = 10**15  # two decimals of at most 15 digits are never the same double
HELD = 2**53  # a double holds every whole number below
LONG = 1e9  # below it no decimals are lost when two are brought to the same places
PLACES = (0, 1, 2, 3, 6)  # of the decimals that loggers write
MOST_PLACES = 22  # 10^22 is the last power of ten that a double holds exactly


class Scaled(NamedTuple):
    """`whole / 10**places`, where `known`: that is each value, to the last digit."""

    whole: Int64
    places: int
    known: Mask


def scaled(values: Floats) -> Scaled:
    """Of values whose texts have at most 15 digits: then what is found is the text's own number."""
    finite = np.isfinite(values)
    for places in PLACES:
        found = _scaled(values, places)
        if np.array_equal(found.known, finite):
            break
    return found


def _scaled(values: Floats, places: int) -> Scaled:
    power = 10.0**places
    rounded = np.rint(values * power)
    known = (np.abs(rounded) < MOST) & (rounded / power == values)
    return Scaled(np.where(known, rounded, 0.0).astype(np.int64), places, known)


def less(values: Floats, others: Floats) -> Floats:
    """`values - others` in decimals, as what is read counts: 60.3 - 0.9 is 59.4, not 59.39999999999999.

    One of them may be a single number. What has more digits is rounded once, as its decimals would be.
    """
    one, other = scaled(values), scaled(others)
    places = max(one.places, other.places)
    left = one.whole * 10 ** (places - one.places) - other.whole * 10 ** (places - other.places)
    found: Floats = left / 10.0**places
    none = np.isnan(values) | np.isnan(others)
    exact = one.known & other.known & (np.abs(values) < LONG) & (np.abs(others) < LONG)
    minuends, subtrahends = np.broadcast_arrays(values, others)
    for row in np.flatnonzero(~exact & ~none).tolist():
        found[row] = float(Decimal(repr(float(minuends[row]))) - Decimal(repr(float(subtrahends[row]))))
    found[none] = np.nan
    return found


def whole(number: Decimal) -> tuple[int, int]:
    """The decimal as `whole / 10**places`, with as few places as it has."""
    sign, digits, exponent = number.normalize().as_tuple()
    magnitude = int("".join(map(str, digits)))
    size = -magnitude if sign else magnitude
    places = int(exponent)
    return (size * 10**places, 0) if places > 0 else (size, -places)
