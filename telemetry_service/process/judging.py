"""Asking the rules about a series, each with the settings that hold for the readings it is asked about."""

from collections.abc import Iterable, Sequence

import numpy as np

from telemetry_service.process.instants import MICROSECOND, Int64
from telemetry_service.process.rules import VALUE_RULES
from telemetry_service.process.segments import Segment
from telemetry_service.process.series import Reach, Series, ValueRule
from telemetry_service.process.setup import Setup


def judged(series: Series, segments: Sequence[Segment], rules: Iterable[ValueRule] = VALUE_RULES) -> Series:
    """The series as the rules leave it, one after the other over the whole of it."""
    for rule in rules:
        quality, reasons = series.quality.copy(), series.reasons.copy()
        for segment in segments:
            _ask(rule, series, segment, quality, reasons)
        series = series._replace(quality=quality, reasons=reasons)
    return series


def reach_of(setups: Iterable[Setup], rules: Iterable[ValueRule] = VALUE_RULES) -> Reach:
    """How far from a reading another can change what is said of it: the rules hear each other, so theirs adds up."""
    reach = Reach()
    known = list(setups)
    for rule in rules:
        widest = Reach()
        for setup in known:
            widest |= rule.reach(setup)
        reach = Reach(reach.before + widest.before, reach.after + widest.after)
    return reach


def _ask(rule: ValueRule, series: Series, segment: Segment, quality: Int64, reasons: Int64) -> None:
    """It sees the readings around the segment that are within its reach, and speaks of those in it."""
    first, last = _around(series.times, segment, rule.reach(segment.setup))
    near = slice(first, last)
    seen = Series(series.variable, series.times[near], series.values[near], series.quality[near], series.reasons[near])
    inside = slice(segment.start - first, segment.stop - first)
    for where, worst, reason in rule.objects(seen, segment.setup):
        doubted = np.flatnonzero(where[inside]) + segment.start
        quality[doubted] = np.maximum(quality[doubted], int(worst))
        reasons[doubted] |= int(reason)


def _around(times: Int64, segment: Segment, reach: Reach) -> tuple[int, int]:
    start, stop, _ = segment
    first, last = start, stop
    if reach.before:
        first = int(np.searchsorted(times, times[start] - reach.before // MICROSECOND))
    if reach.after:
        last = int(np.searchsorted(times, times[stop - 1] + reach.after // MICROSECOND, "right"))
    return first, last
