"""QARTOD's gap: told of the reading that ends it, whose quality it leaves as it is."""

from collections.abc import Iterator
from datetime import timedelta

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod import gap as test
from telemetry_service.process.qartod.series import Series as Arrays
from telemetry_service.process.series import Objection, Reach, Series
from telemetry_service.process.setup import Setup


def gap(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.thresholds_of(series.variable).gap
    if limits:
        flags = test.gap(Arrays(series.times, series.values), limits)
        ended = (flags == Quality.SUSPECT) | (flags == Quality.FAIL)
        yield Objection(ended, Quality.GOOD, Reason.AFTER_GAP)


def reach(setup: Setup) -> Reach:
    """Before a reading lies what it is compared with, so a row changes what is said of readings after it."""
    asked = [one.gap for one in setup.thresholds.values() if one.gap]
    return Reach(before=timedelta(seconds=max((test.reach_s(limits) for limits in asked), default=0)))
