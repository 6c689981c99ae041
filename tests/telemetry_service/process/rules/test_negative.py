from typing import Any

import pytest

from telemetry_service.measurements.quality import Reason
from telemetry_service.process.rules.negative import negative
from telemetry_service.process.setup import Setup


@pytest.mark.parametrize(
    ("variable", "value", "reasons"),
    [
        ("flow", 0.0, None),
        ("flow", -0.5, Reason.NEGATIVE | Reason.LOW_CUTOFF),
        ("flow", -0.51, Reason.NEGATIVE),
        ("water_table", -0.1, Reason.NEGATIVE),
        ("temperature", -7.0, None),
        ("signal", -97.0, None),
    ],
)
def test_below_zero_is_held(variable: Any, value: Any, reasons: Any) -> None:
    objection = negative(variable, value, Setup())
    assert (objection and objection[1]) == reasons
