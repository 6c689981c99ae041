from collections.abc import Callable, Sequence
from typing import Any

import pytest

from telemetry_service.process.detectors import Finding, Limits, detect
from telemetry_service.process.setup import setup_of

TEN_LITRES = {"pulse_constants": {"total": {"pulses_per_liter": 0.1}}, "sensor_depth": 60.0}
DAYS = 5


@pytest.fixture
def pump() -> Callable[..., dict[str, list[float]]]:
    """Hours of a pump of 3 L/s that stands from 20:00 to 04:00: flow, counts of ten litres, column of water."""

    def build(*, days: int = DAYS, flow: float = 3.0) -> dict[str, list[float]]:
        count, said = 50_000, {"flow": list[float](), "total": list[float](), "level": list[float]()}
        for hour in range(24 * days):
            runs = 4 <= (hour + 12) % 24 < 20  # `feed` starts at noon
            count += round(flow * 360) if runs else 0
            said["flow"].append(flow if runs else 0.0)
            said["total"].append(count)
            said["level"].append(20.0 if runs else 26.0)
        return said

    return build


@pytest.fixture
def found(run: Callable[..., Any], feed: Callable[..., Any]) -> Callable[..., list[Finding]]:
    def build(said: dict[str, Sequence[float]], **limits: float) -> list[Finding]:
        readings = [one for variable, values in said.items() for one in feed(values, variable)]
        outcome = run(readings, setups=[setup_of(version=1, valid_from=None, config=TEN_LITRES)])
        return detect(outcome.columns, Limits(0.01, **limits))

    return build
