from typing import Any

from telemetry_service.measurements.quality import Reason
from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gap import Gap
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.judge import REASONS, TESTS, Thresholds, judge
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.spike import Spike

ALL = Thresholds(
    GrossRange(fail=(0, 100), suspect=(1, 50)),
    Spike(5, 20),
    RateOfChange(4, 30),
    FlatLine(4 * 3600),
    Gap(2 * 3600),
)


def test_without_thresholds_everything_is_good_that_is_there(hourly: Any) -> None:
    judged = judge(hourly([1, None, 1e9]), Thresholds())
    assert (judged.flags, judged.quality.tolist(), judged.reasons.tolist()) == ({}, [1, 9, 1], [0, 0, 0])


def test_the_worst_flag_holds_and_each_test_leaves_its_reason(hourly: Any) -> None:
    judged = judge(hourly([10, 10, 60, 10, 11]), ALL)
    assert judged.quality.tolist() == [1, 1, 4, 1, 1]
    assert judged.reasons[2] == Reason.UNUSUAL_VALUE | Reason.SPIKE | Reason.RATE_OF_CHANGE
    assert judged.reasons[[0, 1, 3, 4]].tolist() == [0] * 4


def test_what_is_out_of_range_is_no_neighbour(hourly: Any) -> None:
    judged = judge(hourly([10, 10, -9999, 11, -9999, 12]), ALL)
    assert judged.quality.tolist() == [1, 1, 4, 1, 4, 1]
    broken = Reason.OUT_OF_RANGE | Reason.RATE_OF_CHANGE
    assert judged.reasons.tolist() == [0, 0, broken, 0, broken, 0]


def test_what_could_not_be_judged_is_good_as_without_a_test(hourly: Any) -> None:
    judged = judge(hourly([10]), ALL)
    assert (judged.flags["spike"].tolist(), judged.quality.tolist()) == ([2], [1])


def test_a_gap_is_told_and_takes_nothing_from_the_reading(hourly: Any) -> None:
    judged = judge(hourly([10, 11, 12], [0, 1, 9]), ALL)
    assert judged.quality.tolist() == [1, 1, 1]
    assert judged.reasons.tolist() == [0, 0, Reason.AFTER_GAP]


def test_every_test_has_its_reasons() -> None:
    assert set(REASONS) == set(TESTS)
