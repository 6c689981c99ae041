from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules.gross_range import gross_range
from telemetry_service.process.series import ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(gross_range)
FINE, UNUSUAL = (Quality.GOOD, Reason(0)), (Quality.SUSPECT, Reason.UNUSUAL_VALUE)
OUT = (Quality.FAIL, Reason.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("variable", "values", "said"),
    [
        ("ph", [-0.1, 3.9, 4, 10, 10.1, 14.1, None], [OUT, UNUSUAL, FINE, FINE, UNUSUAL, OUT, FINE]),
        ("temperature", [-10.1, -2.1, 8, 40.1, 100.1], [OUT, UNUSUAL, FINE, UNUSUAL, OUT]),
        ("conductivity", [-1, 0, 20, 60_001, 200_001], [OUT, UNUSUAL, FINE, UNUSUAL, OUT]),
        ("turbidity", [-1, 0, 1001, 4001], [OUT, FINE, UNUSUAL, OUT]),
        ("pressure", [-102, 0, 10_001], [OUT, FINE, OUT]),
        ("level", [0, 95, 3001], [FINE, FINE, OUT]),
        ("water_table", [0, 95, 3001], [FINE, FINE, OUT]),
        ("flow", [0, 1000, 1000.1], [FINE, FINE, UNUSUAL]),
        ("mean_flow", [0, 1000, 1000.1], [FINE, FINE, UNUSUAL]),
        ("total", [1e12], [FINE]),  # a counter is judged by its meter
        ("chlorine", [1e12], [FINE]),  # of a variable that we do not know
    ],
)
def test_every_kind_has_its_range_without_a_word(ask: Any, variable: str, values: Any, said: Any) -> None:
    assert ask(RULE, variable, values, Setup()) == said


def test_the_configuration_has_the_last_word(ask: Any) -> None:
    canal = Setup(thresholds={"flow": Thresholds(GrossRange(suspect=(0, 5000)))})
    assert ask(RULE, "flow", [1500, 5001], canal) == [FINE, UNUSUAL]
    assert ask(RULE, "ph", [3], canal) == [UNUSUAL]
    assert ask(RULE, "ph", [3, 99], Setup(thresholds={"ph": Thresholds()})) == [FINE, FINE]
