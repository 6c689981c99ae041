"""QARTOD's rate of change, between readings that no range refused and that are no spikes."""

from collections.abc import Iterator
from datetime import timedelta

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod import rate_of_change as test
from telemetry_service.process.qartod.objections import objections
from telemetry_service.process.qartod.series import Series as Arrays
from telemetry_service.process.series import Objection, Reach, Series
from telemetry_service.process.setup import Setup


def rate_of_change(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.thresholds_of(series.variable).rate_of_change
    if limits:
        among = (series.quality < Quality.FAIL) & ((series.reasons & Reason.SPIKE) == 0)
        flags = test.rate_of_change(Arrays(series.times, series.values), limits, among=among)
        yield from objections(flags, Reason.RATE_OF_CHANGE)


def reach(setup: Setup) -> Reach:
    asked = [one.rate_of_change for one in setup.thresholds.values() if one.rate_of_change]
    around = timedelta(seconds=max((test.reach_s(limits) for limits in asked), default=0))
    return Reach(around, around)
