from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.rules.range_limit import range_limit
from telemetry_service.process.series import ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(range_limit)
LIMITED = Setup(limits={"flow": (0.0, 50.0)})
FINE, OUT = (Quality.GOOD, Reason(0)), (Quality.FAIL, Reason.OUT_OF_RANGE)


@pytest.mark.parametrize(("value", "readable"), [(-0.1, False), (0, True), (50, True), (50.1, False)])
def test_both_limits_are_readable_values(ask: Any, value: Any, readable: Any) -> None:
    assert ask(RULE, "flow", [value], LIMITED) == [FINE if readable else OUT]


def test_other_variables_have_other_limits(ask: Any) -> None:
    assert ask(RULE, "level", [99], LIMITED) == [FINE]


def test_where_there_is_no_value_there_is_nothing_to_doubt(ask: Any) -> None:
    assert ask(RULE, "flow", [99, None, 1], LIMITED) == [OUT, FINE, FINE]
