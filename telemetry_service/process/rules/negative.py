"""No flow, level or depth is negative. An electromagnetic meter's zero drifts a little below: held, not sent."""

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.setup import Setup

MAY_BE_NEGATIVE = frozenset({"temperature", "signal"})
LOW_CUTOFF_L_S = 0.5


def negative(variable: str, value: float, setup: Setup) -> tuple[Quality, Reason] | None:
    if value >= 0 or variable in MAY_BE_NEGATIVE:
        return None
    if variable == "flow" and value >= -LOW_CUTOFF_L_S:
        return Quality.SUSPECT, Reason.NEGATIVE | Reason.LOW_CUTOFF
    return Quality.SUSPECT, Reason.NEGATIVE
