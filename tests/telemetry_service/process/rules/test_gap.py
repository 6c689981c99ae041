from datetime import timedelta
from typing import Any

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.gap import Gap
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules.gap import gap, reach
from telemetry_service.process.series import Reach, ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(gap, reach)
ON = Setup(thresholds={"level": Thresholds(gap=Gap(3600, 7200))})
FINE, TOLD = (Quality.GOOD, Reason(0)), (Quality.GOOD, Reason.AFTER_GAP)


def test_it_is_told_of_a_reading_that_stays_good(ask: Any) -> None:
    assert ask(RULE, "level", [5, 5, None, 5, None, None, 5], ON) == [TOLD, FINE, FINE, TOLD, FINE, FINE, TOLD]
    assert ask(RULE, "level", [5, None, 5], Setup()) == [FINE] * 3


def test_its_reach_is_what_lies_before() -> None:
    assert reach(Setup()) == Reach()
    assert reach(ON) == Reach(before=timedelta(hours=2))
