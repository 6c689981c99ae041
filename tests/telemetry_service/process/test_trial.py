from typing import Any

import pytest

from telemetry_service.process.columns import columns_of
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.setup import Setup
from telemetry_service.process.trial import EXAMPLES, Trial, compare, measured, tried


@pytest.fixture
def trial(feed: Any) -> Any:
    def run(values: list[Any], thresholds: Thresholds, *, variable: str = "level", setups: Any = ()) -> Trial:
        raw = columns_of(feed(values, variable if variable != "water_table" else "level"))
        now, then = (measured(raw, variable, one) for one in (setups, tried(setups, variable, thresholds)))
        assert now
        assert then
        return compare(now, then)

    return run


def test_how_often_and_on_which_days(trial: Any) -> None:
    values = [5.0] * 48
    values[3], values[30], values[31] = 9.0, 9.0, 9.5  # from noon UTC on the 25th; Chile's day begins at three
    found = trial(values, Thresholds(spike=Spike(1)))
    (fired,) = found.fired
    assert (found.readings, found.good_now, found.good, found.held, found.freed) == (48, 48, 45, 3, 0)
    assert (fired.reason, fired.readings, fired.readings_now) == ("spike", 3, 0)
    assert fired.days == {"2024-03-25": 1, "2024-03-26": 2}
    assert [(one.value, one.quality_now, one.quality) for one in fired.examples] == [
        (9.0, 1, 3),
        (9.0, 1, 3),
        (9.5, 1, 3),
    ]


def test_thresholds_that_let_go_what_is_held(trial: Any) -> None:
    strict = [Setup(thresholds={"level": Thresholds(GrossRange(suspect=(0, 4)))})]
    found = trial([3, 5, 9], Thresholds(GrossRange(suspect=(0, 6))), setups=strict)
    assert (found.good_now, found.good, found.held, found.freed) == (1, 2, 0, 1)
    (fired,) = found.fired
    assert (fired.reason, fired.readings, fired.readings_now) == ("unusual_value", 1, 2)
    assert [one.value for one in fired.examples] == [9.0]  # nothing is new, so what would stay


def test_examples_are_few_and_the_count_is_all(trial: Any) -> None:
    (fired,) = trial([99] * 50, Thresholds(GrossRange(fail=(0, 50)))).fired
    assert (fired.readings, len(fired.examples)) == (50, EXAMPLES)


def test_it_holds_before_the_first_version_too_and_other_variables_keep_theirs(setup: Any, feed: Any) -> None:
    later = setup(valid_from=feed([1, 2])[1].time, quality={"ph": {"spike": {}}})
    first, second = tried([later], "level", Thresholds(spike=Spike(1)))
    assert (first.valid_from, first.thresholds_of("level").spike) == (None, Spike(1))
    assert second.thresholds_of("level").spike == Spike(1)
    assert second.thresholds_of("ph") == later.thresholds_of("ph")


def test_a_depth_is_made_from_the_level(trial: Any, setup: Any) -> None:
    (fired,) = trial([5, 55], Thresholds(GrossRange(suspect=(0, 20))), variable="water_table", setups=[setup()]).fired
    assert (fired.readings, fired.examples[0].value) == (1, 55.0)


def test_where_there_is_no_row_there_is_nothing(feed: Any) -> None:
    assert measured([], "level", []) is None
