from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.rules.negative import negative
from telemetry_service.process.series import ValueRule
from telemetry_service.process.setup import Setup


@pytest.mark.parametrize(
    ("variable", "value", "reasons"),
    [
        ("flow", 0.0, Reason(0)),
        ("flow", -0.5, Reason.NEGATIVE | Reason.LOW_CUTOFF),
        ("flow", -0.51, Reason.NEGATIVE),
        ("water_table", -0.1, Reason.NEGATIVE),
        ("temperature", -7.0, Reason(0)),
        ("signal", -97.0, Reason(0)),
    ],
)
def test_below_zero_is_held(ask: Any, variable: Any, value: Any, reasons: Any) -> None:
    quality = Quality.SUSPECT if reasons else Quality.GOOD
    assert ask(ValueRule(negative), variable, [value], Setup()) == [(quality, reasons)]
