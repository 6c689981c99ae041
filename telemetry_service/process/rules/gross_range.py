"""QARTOD's gross range: outside what the sensor can show it fails, outside what the place shows it is doubtful."""

from collections.abc import Iterator

from telemetry_service.measurements.quality import Reason
from telemetry_service.process.qartod import gross_range as test
from telemetry_service.process.qartod.objections import objections
from telemetry_service.process.qartod.series import Series as Arrays
from telemetry_service.process.series import Objection, Series
from telemetry_service.process.setup import Setup


def gross_range(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.thresholds_of(series.variable).gross_range
    if limits:
        flags = test.gross_range(Arrays(series.times, series.values), limits)
        yield from objections(flags, Reason.UNUSUAL_VALUE, Reason.OUT_OF_RANGE)
