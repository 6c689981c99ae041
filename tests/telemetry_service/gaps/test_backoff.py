"""What a search asks for, and when it comes again."""

from datetime import UTC, datetime, timedelta

import pytest

from telemetry_service.gaps.backoff import PAUSES, after_answer, after_failure, next_try, stretch_to_ask
from telemetry_service.gaps.states import Cause, GapState
from telemetry_service.providers.engine.results import FailureClass

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_each_try_comes_later_until_there_is_none() -> None:
    assert [next_try(tries, now=NOW) for tries in range(6)] == [
        *(NOW + pause for pause in (HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY)),
        None,
    ]


def test_an_answer_without_readings_is_tried_again_and_in_the_end_believed() -> None:
    to = NOW - DAY
    first = after_answer(tries=0, to=to, until=to, now=NOW)
    assert (first.state, first.cause, first.tries) == (GapState.SEARCHED_EMPTY, Cause.PROVIDER_EMPTY, 1)
    assert first.next_try_at == NOW + 6 * HOUR
    last = after_answer(tries=len(PAUSES) - 1, to=to, until=to, now=NOW)
    assert (last.state, last.next_try_at) == (GapState.SEARCHED_EMPTY, None)


def test_an_answer_that_ends_before_the_gap_goes_on_where_it_ended() -> None:
    outcome = after_answer(tries=2, to=NOW, until=NOW - HOUR, now=NOW)
    assert (outcome.state, outcome.tries) == (GapState.OPEN, 2)
    assert (outcome.searched_to, outcome.next_try_at) == (NOW - HOUR, NOW)


@pytest.mark.parametrize("kind", list(FailureClass))
def test_failures_are_bounded_and_named(kind: FailureClass) -> None:
    outcome = after_failure(tries=0, kind=kind, now=NOW)
    assert (outcome.state, outcome.cause) == (GapState.OPEN, f"failed:{kind}")
    last = after_failure(tries=len(PAUSES) - 1, kind=kind, now=NOW)
    waits = kind is FailureClass.RATE_LIMITED
    assert last.state == (GapState.OPEN if waits else GapState.GIVEN_UP)
    assert (last.next_try_at is None) == (not waits)
    assert outcome.tries == (0 if waits else 1)


@pytest.mark.parametrize(
    ("begin", "to", "backwards", "asked"),
    [
        # A short one takes what lies within a day of it along: on after the oldest, back before the newest.
        (-10 * DAY, -10 * DAY + HOUR, False, (-10 * DAY, -9 * DAY)),
        (-10 * DAY, -10 * DAY + HOUR, True, (-11 * DAY + HOUR, -10 * DAY + HOUR)),
        # A long one goes as far as one window reaches.
        (-100 * DAY, -10 * DAY, False, (-100 * DAY, -69 * DAY)),
        (-100 * DAY, -10 * DAY, True, (-100 * DAY, -69 * DAY)),
        # Nobody asks for what has not happened.
        (-3 * HOUR, -2 * HOUR, False, (-3 * HOUR, 0 * HOUR)),
    ],
)
def test_what_one_window_asks_for(
    begin: timedelta, to: timedelta, backwards: bool, asked: tuple[timedelta, ...]
) -> None:
    found = stretch_to_ask(NOW + begin, NOW + to, longest=31 * DAY, backwards=backwards, now=NOW)
    assert found == tuple(NOW + one for one in asked)
