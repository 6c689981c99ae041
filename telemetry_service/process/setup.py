"""A version of a point's configuration, as the rules need it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import pi
from typing import Any

from telemetry_service.process.mean_flow import LONGEST_S
from telemetry_service.process.qartod.defaults import kind_of, standing
from telemetry_service.process.qartod.thresholds import Thresholds, Unusable, read_thresholds

# The fastest that water runs in a pumped pipe, and room for a meter that reads a little high.
FASTEST_M_S = 2.5
MARGIN = 1.2
# Without a pipe or a limit: a pipe of half a metre, more than any pumped well has.
DEFAULT_CEILING_M3_S = 0.6
REPLACEMENT_READINGS = 6
LEVEL_MAX_M = 95.0  # the specification's, for LEVEL_MAX_RESET


@dataclass(frozen=True, slots=True)
class Setup:
    """Lengths in m. `m3_per_count` is None where no pulse constant was given: a unit is never guessed."""

    version: int | None = None
    valid_from: datetime | None = None
    m3_per_count: Decimal | None = None
    calibration: Decimal = Decimal(1)
    digits: int | None = None
    sensor_depth: float | None = None
    level_is_depth: bool = False
    pipe_ceiling_m3_s: float | None = None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    replacement_readings: int = REPLACEMENT_READINGS
    low_cutoff_l_s: float | None = None  # a flow no larger, whichever way, is none
    level_max_m: float = LEVEL_MAX_M
    mean_flow_s: int | None = None  # the longest window of the flow that the counter shows; None: nobody asked for it
    faults: Mapping[str, str] = field(default_factory=dict)  # which fault a person confirmed, by variable
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)  # of variables that the configuration names

    def thresholds_of(self, variable: str) -> Thresholds:
        return self.thresholds.get(variable) or standing(variable)

    @property
    def ceiling_m3_s(self) -> float:
        """No counter advances faster."""
        if self.pipe_ceiling_m3_s is not None:
            return self.pipe_ceiling_m3_s
        highest = self.limits.get("flow", (0.0, 0.0))[1]
        return highest / 1000 * MARGIN if highest > 0 else DEFAULT_CEILING_M3_S


def setup_of(*, version: int | None, valid_from: datetime | None, config: Mapping[str, Any]) -> Setup:
    """Core validated `config`; what an older release let through and nobody can use counts as not given."""
    constants = config.get("pulse_constants") or {}
    total = constants.get("total") or {}
    pulses_per_liter = _positive(total.get("pulses_per_liter"))
    calibration = _positive(total.get("calibration_factor")) or Decimal(1)
    diameter = _positive(config.get("pipe_diameter"))
    return Setup(
        version=version,
        valid_from=valid_from,
        m3_per_count=calibration / (pulses_per_liter * 1000) if pulses_per_liter else None,
        calibration=calibration,
        digits=config.get("meter_digits"),
        sensor_depth=_float(config.get("sensor_depth")),
        level_is_depth=config.get("level_reading") == "depth",
        pipe_ceiling_m3_s=pi * (float(diameter) / 2) ** 2 * FASTEST_M_S * MARGIN if diameter else None,
        limits={name: (float(low), float(high)) for name, (low, high) in (config.get("limits") or {}).items()},
        replacement_readings=int(config.get("replacement_readings") or REPLACEMENT_READINGS),
        low_cutoff_l_s=float(cutoff) if (cutoff := _positive(config.get("low_cutoff"))) else None,
        mean_flow_s=_mean_flow_s(config.get("mean_flow")),
        level_max_m=float(_positive(config.get("level_max")) or LEVEL_MAX_M),
        faults=dict(config.get("faults") or {}),
        thresholds=dict(_thresholds(config.get("quality"))),
    )


def _thresholds(said: Any) -> Iterator[tuple[str, Thresholds]]:
    for variable, of_variable in said.items() if isinstance(said, Mapping) else ():
        with suppress(Unusable):
            yield variable, read_thresholds(of_variable, standing=standing(variable), kind=kind_of(variable))


def _mean_flow_s(said: Any) -> int | None:
    return int(_positive(said.get("window_s")) or LONGEST_S) if isinstance(said, Mapping) else None


UNCONFIGURED = Setup()


def _positive(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() and number > 0 else None


def _float(value: Any) -> float | None:
    return None if value is None or isinstance(value, bool) else float(value)
