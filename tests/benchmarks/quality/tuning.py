"""Thresholds found on one river, to be judged on another: as an operator finds them by trying them on the past.

For each test the tightest threshold at which it fires, besides what the technicians labelled, at most twice a month.
The same list of thresholds and the same budget for every tool.
"""

from bisect import bisect_left
from dataclasses import replace
from itertools import product

from telemetry_service.process.qartod.series import HOUR, SECOND
from tests.benchmarks.quality.rivers import Labelled
from tests.benchmarks.quality.scores import score
from tests.benchmarks.quality.tools import Settings, Tool

FALSE_ALARMS = 2.0  # events in 30 days, of each test
STEPS = sorted(digit * 10.0**power for power, digit in product(range(-2, 3), (1, 1.5, 2, 3, 5, 7)))
HOURS = (1, 2, 3, 6, 12, 24, 48)
# By test: the setting it has, and what is tried, the tightest first.
TRIED = {
    "spike": ("spike", STEPS),
    "rate_of_change": ("rate_per_h", STEPS),
    "flat_line": ("flat_s", [hours * HOUR / SECOND for hours in HOURS]),
}


def tune(tool: Tool, past: Labelled, span: tuple[float, float] | None) -> Settings:
    settings = Settings(span=span)
    for test, (member, tried) in TRIED.items():
        with_each = [replace(settings, **{member: value}) for value in tried]
        # The looser the threshold, the fewer alarms: so the list may be halved until one is left.
        found = bisect_left(with_each, True, key=lambda one, test=test: _alarms(tool, past, one, test) <= FALSE_ALARMS)
        if found < len(with_each):
            settings = with_each[found]
    return settings


def _alarms(tool: Tool, past: Labelled, settings: Settings, test: str) -> float:
    """Events in 30 days."""
    flagged = tool.flagged(past.series, settings).get(test)
    if flagged is None:
        return 0.0
    got = score(flagged, past.labelled)
    return (got.flagged_events - got.true_events) * 30 / past.days
