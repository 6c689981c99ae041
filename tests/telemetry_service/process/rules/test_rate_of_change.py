from datetime import timedelta
from typing import Any

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules.rate_of_change import rate_of_change, reach
from telemetry_service.process.rules.spike import spike
from telemetry_service.process.series import Reach, ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(rate_of_change, reach)
ON = Setup(thresholds={"temperature": Thresholds(rate_of_change=RateOfChange(2, 20, usual=0, longest_s=7200))})
FINE, DOUBTED = (Quality.GOOD, Reason(0)), (Quality.SUSPECT, Reason.RATE_OF_CHANGE)
REFUSED = (Quality.FAIL, Reason.RATE_OF_CHANGE)


def test_by_the_hour(ask: Any) -> None:
    assert ask(RULE, "temperature", [8, 9, 12, 40, 40], ON) == [FINE, FINE, DOUBTED, REFUSED, FINE]
    assert ask(RULE, "temperature", [8, 9, 9], ON, minutes=15) == [FINE, DOUBTED, FINE]
    assert ask(RULE, "temperature", [8, 99, 8], Setup()) == [FINE] * 3


def test_what_comes_back_from_a_spike_is_not_blamed(ask_all: Any) -> None:
    both = Thresholds(spike=Spike(1), rate_of_change=RateOfChange(2, usual=0))
    said = ask_all([ValueRule(spike), RULE], "temperature", [8, 8, 14, 8, 8], Setup(thresholds={"temperature": both}))
    assert said == [FINE, FINE, (Quality.SUSPECT, Reason.SPIKE | Reason.RATE_OF_CHANGE), FINE, FINE]


def test_its_reach() -> None:
    assert reach(Setup()) == Reach()
    assert reach(ON) == Reach(timedelta(hours=2), timedelta(hours=2))
    usual = Setup(thresholds={"level": Thresholds(rate_of_change=RateOfChange(2))})
    assert reach(usual) == Reach(timedelta(hours=12), timedelta(hours=12))
