from datetime import UTC, datetime, timedelta

import pytest

from telemetry_service.collect.schedule import moved_cursors, next_poll, next_regular, possible, starts
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll, Reading

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
END = NOW + timedelta(minutes=1)
HOUR = timedelta(hours=1)


def failed(kind: FailureClass, wait_s: float | None = None) -> Poll:
    return Poll(failure=Failure(kind, "x", wait_s=wait_s))


def following(poll: Poll, failures: int = 1) -> datetime | None:
    return next_poll(poll, end=END, due_at=NOW, period=HOUR, failures=failures, now=NOW).at


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (NOW, NOW + HOUR),
        (NOW - timedelta(minutes=3), NOW + timedelta(minutes=57)),  # a late poll does not shift the phase
        (NOW - 50 * HOUR, NOW + HOUR),
        (NOW + timedelta(minutes=5), NOW + timedelta(minutes=5)),
    ],
)
def test_a_source_keeps_its_phase(due_at: datetime, expected: datetime) -> None:
    assert next_regular(due_at, HOUR, NOW) == expected


def test_each_failure_has_its_own_next_time() -> None:
    assert following(failed(FailureClass.AUTH)) is None
    assert following(failed(FailureClass.CONFIG)) == NOW + HOUR
    assert following(failed(FailureClass.PARSE)) == NOW + HOUR
    assert following(failed(FailureClass.TRANSIENT)) == NOW + timedelta(minutes=1)
    assert following(failed(FailureClass.TRANSIENT), failures=4) == NOW + timedelta(minutes=8)
    assert following(failed(FailureClass.TRANSIENT), failures=400) == NOW + HOUR


def test_only_a_rate_limit_postpones_the_account() -> None:
    limited = next_poll(failed(FailureClass.RATE_LIMITED, 8), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert limited.postpone_account == limited.at == NOW + timedelta(seconds=8)
    unsaid = next_poll(failed(FailureClass.RATE_LIMITED), end=END, due_at=NOW, period=HOUR, failures=3, now=NOW)
    assert unsaid.postpone_account == NOW + timedelta(minutes=4)
    transient = next_poll(failed(FailureClass.TRANSIENT), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert transient.postpone_account is None


def test_what_is_not_read_to_the_end_goes_on_at_once() -> None:
    assert following(Poll(searched={"a": END, "b": NOW - HOUR})) == NOW
    assert following(Poll(searched={"a": END})) == NOW + HOUR


def test_a_key_starts_a_little_before_its_cursor() -> None:
    cursors = {"a": NOW.isoformat()}
    found = starts({"a": "flow", "b": "total"}, cursors=cursors, begin=NOW - 100 * HOUR, lookback=2 * HOUR)
    assert found == {"a": NOW - 2 * HOUR, "b": NOW - 100 * HOUR}


def test_cursors_follow_the_data_and_never_go_back_or_ahead() -> None:
    readings = [
        Reading("a", "1", NOW - HOUR, "", 0),
        Reading("b", "1", NOW - 5 * HOUR, "", 0),
        Reading("c", "1", NOW + timedelta(seconds=30), "", 0),
        Reading("failed", "1", NOW, "", 0),
    ]
    poll = Poll(readings=readings, searched=dict.fromkeys(("a", "b", "c", "silent"), END))
    old = {"b": (NOW - 2 * HOUR).isoformat()}
    assert moved_cursors(old, poll, end=END, now=NOW) == {
        "a": (NOW - HOUR).isoformat(),
        "b": (NOW - 2 * HOUR).isoformat(),
        "c": NOW.isoformat(),
    }


def test_an_empty_window_of_the_past_is_behind_us() -> None:
    poll = Poll(searched={"a": NOW - 10 * HOUR})
    assert moved_cursors({}, poll, end=END, now=NOW) == {"a": (NOW - 10 * HOUR).isoformat()}


@pytest.mark.parametrize(
    ("at", "is_possible"),
    [
        (NOW, True),
        (NOW + timedelta(hours=23), True),
        (NOW + timedelta(days=2), False),
        (datetime(1999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_a_broken_clock_is_recognised(at: datetime, is_possible: bool) -> None:
    assert possible(at, now=NOW) is is_possible
