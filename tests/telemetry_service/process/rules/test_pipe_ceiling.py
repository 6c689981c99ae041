from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.rules.pipe_ceiling import pipe_ceiling
from telemetry_service.process.series import ValueRule
from telemetry_service.process.setup import Setup, setup_of

PIPE = setup_of(version=1, valid_from=None, config={"pipe_diameter": 0.15})


@pytest.mark.parametrize(
    ("variable", "value", "setup", "doubted"),
    [
        ("flow", 53.01, PIPE, False),  # π × 0.075² × 2.5 × 1.2 is 53.01 L/s
        ("flow", 53.02, PIPE, True),
        ("level", 99, PIPE, False),
        ("flow", 999, Setup(), False),
    ],
)
def test_no_more_than_the_pipe_carries(ask: Any, variable: Any, value: Any, setup: Any, doubted: Any) -> None:
    expected = (Quality.SUSPECT, Reason.ABOVE_PIPE_CEILING) if doubted else (Quality.GOOD, Reason(0))
    assert ask(ValueRule(pipe_ceiling), variable, [value], setup) == [expected]
