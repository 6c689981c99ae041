"""A value outside what the instrument can read is not a measurement. Both limits are readable values."""

from collections.abc import Iterator

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.series import Objection, Series
from telemetry_service.process.setup import Setup


def range_limit(series: Series, setup: Setup) -> Iterator[Objection]:
    limits = setup.limits.get(series.variable)
    if limits is not None:
        low, high = limits
        yield Objection((series.values < low) | (series.values > high), Quality.FAIL, Reason.OUT_OF_RANGE)
