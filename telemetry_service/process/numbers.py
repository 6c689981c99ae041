"""The numbers that texts are, a whole column at a time; `readings.number_in` says what a number is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from telemetry_service.process.instants import Floats, Mask
from telemetry_service.process.readings import LONGEST_NUMBER, number_in

SHORT = 16  # characters: at most 15 digits, or a whole number that a double holds
LARGEST, SMALLEST = 1e29, 1e-28  # between them there is no doubt about the exponent


class Numbers(NamedTuple):
    """`values`: NaN where the text is no number. `short`: no other short text is the same double."""

    values: Floats
    short: Mask


def numbers_in(texts: Sequence[str]) -> Numbers:
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    values = _floats(texts)
    size = np.abs(values)
    plain = (lengths <= SHORT) & (size < LARGEST) & (size > SMALLEST)
    odd = np.flatnonzero(~plain)
    if len(odd):
        _read_again(values, texts, odd)
    return Numbers(values, (lengths <= SHORT) & np.isfinite(values))


def _floats(texts: Sequence[str]) -> Floats:
    """NaN for all where one of them is odd: those are read one by one."""
    try:
        values = np.array(list(map(float, texts)), np.float64)
    except ValueError:
        values = np.array([_float(text) for text in texts], np.float64)
    if "_" in "".join(texts):
        values[[index for index, text in enumerate(texts) if "_" in text]] = np.nan
    return values


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _read_again(values: Floats, texts: Sequence[str], odd: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> None:
    """Zeros come by the thousand, and in a few ways to write them."""
    known: dict[str, float] = {}
    for index in odd.tolist():
        text = texts[index]
        if text not in known:
            number = number_in(text) if len(text) <= LONGEST_NUMBER else None
            known[text] = np.nan if number is None else float(number)
        values[index] = known[text]
