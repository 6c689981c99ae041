from datetime import timedelta
from typing import Any

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules.range_limit import range_limit
from telemetry_service.process.rules.spike import reach, spike
from telemetry_service.process.series import Reach, ValueRule
from telemetry_service.process.setup import Setup

RULE = ValueRule(spike, reach)
HOURS = 3600
ON = Setup(thresholds={"ph": Thresholds(spike=Spike(0.1, 1, within_s=3 * HOURS))})
FINE, DOUBTED, REFUSED = (Quality.GOOD, Reason(0)), (Quality.SUSPECT, Reason.SPIKE), (Quality.FAIL, Reason.SPIKE)


def test_it_is_off_until_somebody_switches_it_on(ask: Any) -> None:
    assert ask(RULE, "ph", [7, 7, 9, 7, 7], Setup()) == [FINE] * 5
    assert ask(RULE, "ph", [7, 7, 7.2, 7, 7], ON) == [FINE, FINE, DOUBTED, FINE, FINE]
    assert ask(RULE, "ph", [7, 7, 9, 7, 7], ON) == [FINE, FINE, REFUSED, FINE, FINE]
    assert ask(RULE, "level", [7, 7, 9, 7, 7], ON) == [FINE] * 5


def test_the_newest_reading_is_not_held_for_having_none_after_it(ask: Any) -> None:
    assert ask(RULE, "ph", [7, 7, 9], ON) == [FINE] * 3


def test_what_a_range_refused_is_no_neighbour(ask_all: Any) -> None:
    limited = Setup(limits={"ph": (0.0, 14.0)}, thresholds=ON.thresholds)
    out = (Quality.FAIL, Reason.OUT_OF_RANGE)
    said = ask_all([ValueRule(range_limit), RULE], "ph", [7, 7, 99, 7.3, 99, 7, 7], limited, minutes=30)
    assert said == [FINE, FINE, out, (Quality.SUSPECT, Reason.SPIKE), out, FINE, FINE]


def test_its_reach_is_that_of_the_widest_variable() -> None:
    alone = Spike(1, usual=0, within_s=HOURS)
    assert reach(Setup()) == Reach()
    narrow = Setup(thresholds={"ph": Thresholds(spike=alone), "level": Thresholds()})
    assert reach(narrow) == Reach(timedelta(hours=1), timedelta(hours=1))
    assert reach(ON) == Reach(timedelta(hours=12), timedelta(hours=12))  # it learns what is usual from six and six
