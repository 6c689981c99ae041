"""QARTOD's spike test, among the readings that no range refused."""

from collections.abc import Iterator
from datetime import timedelta

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod import spike as test
from telemetry_service.process.qartod.objections import objections
from telemetry_service.process.qartod.series import Series as Arrays
from telemetry_service.process.series import Objection, Reach, Series
from telemetry_service.process.setup import Setup


def spike(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.thresholds_of(series.variable).spike
    if limits:
        arrays, among = Arrays(series.times, series.values), series.quality < Quality.FAIL
        yield from objections(test.spike(arrays, limits, among=among), Reason.SPIKE)


def reach(setup: Setup) -> Reach:
    asked = [one.spike for one in setup.thresholds.values() if one.spike]
    around = timedelta(seconds=max((test.reach_s(limits) for limits in asked), default=0))
    return Reach(around, around)
