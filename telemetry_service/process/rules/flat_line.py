"""QARTOD's flat line: the whole run is doubtful, from its first reading on."""

from collections.abc import Iterator
from datetime import timedelta

from telemetry_service.measurements.quality import Reason
from telemetry_service.process.qartod import flat_line as test
from telemetry_service.process.qartod.objections import objections
from telemetry_service.process.qartod.series import Series as Arrays
from telemetry_service.process.series import Objection, Reach, Series
from telemetry_service.process.setup import Setup


def flat_line(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.thresholds_of(series.variable).flat_line
    if limits:
        yield from objections(test.flat_line(Arrays(series.times, series.values), limits), Reason.FLAT_LINE)


def reach(setup: Setup) -> Reach:
    asked = [one.flat_line for one in setup.thresholds.values() if one.flat_line]
    around = timedelta(seconds=max((test.reach_s(limits) for limits in asked), default=0))
    return Reach(around, around)
