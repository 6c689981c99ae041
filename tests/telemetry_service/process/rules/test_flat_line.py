from datetime import timedelta
from typing import Any

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules.flat_line import flat_line, reach
from telemetry_service.process.series import Reach, ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(flat_line, reach)
ON = Setup(thresholds={"level": Thresholds(flat_line=FlatLine(3 * 3600, 5 * 3600, readings=4))})
FINE, DOUBTED = (Quality.GOOD, Reason(0)), (Quality.SUSPECT, Reason.FLAT_LINE)
REFUSED = (Quality.FAIL, Reason.FLAT_LINE)


def test_all_of_the_run(ask: Any) -> None:
    assert ask(RULE, "level", [7, 5, 5, 5, 5, 7], ON) == [FINE, *[DOUBTED] * 4, FINE]
    assert ask(RULE, "level", [5] * 6, ON) == [REFUSED] * 6
    assert ask(RULE, "level", [5] * 6, Setup()) == [FINE] * 6


def test_its_reach() -> None:
    assert reach(Setup()) == Reach()
    assert reach(ON) == Reach(timedelta(hours=15), timedelta(hours=15))  # four readings, five hours apart at most
