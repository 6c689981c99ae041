"""A value outside what the instrument can read is not a measurement. Both limits are readable values."""

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.setup import Setup


def range_limit(variable: str, value: float, setup: Setup) -> tuple[Quality, Reason] | None:
    limits = setup.limits.get(variable)
    if limits is None or limits[0] <= value <= limits[1]:
        return None
    return Quality.FAIL, Reason.OUT_OF_RANGE
