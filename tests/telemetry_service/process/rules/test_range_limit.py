from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.rules.range_limit import range_limit
from telemetry_service.process.setup import Setup

LIMITED = Setup(limits={"flow": (0.0, 50.0)})


@pytest.mark.parametrize(("value", "readable"), [(-0.1, False), (0, True), (50, True), (50.1, False)])
def test_both_limits_are_readable_values(value: Any, readable: Any) -> None:
    assert range_limit("flow", value, LIMITED) == (None if readable else (Quality.FAIL, Reason.OUT_OF_RANGE))


def test_other_variables_have_other_limits() -> None:
    assert range_limit("level", 99, LIMITED) is None
