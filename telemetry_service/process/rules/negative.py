"""No flow, level or depth is negative. An electromagnetic meter's zero drifts a little below: held, not sent."""

from collections.abc import Iterator

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.series import Objection, Series
from telemetry_service.process.setup import Setup

MAY_BE_NEGATIVE = frozenset({"temperature", "signal"})
LOW_CUTOFF_L_S = 0.5


def negative(series: Series, setup: Setup) -> Iterator[Objection]:
    if series.variable in MAY_BE_NEGATIVE:
        return
    below = series.values < 0
    yield Objection(below, Quality.SUSPECT, Reason.NEGATIVE)
    if series.variable == "flow":
        yield Objection(below & (series.values >= -LOW_CUTOFF_L_S), Quality.SUSPECT, Reason.LOW_CUTOFF)
