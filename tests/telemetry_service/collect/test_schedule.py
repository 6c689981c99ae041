from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from telemetry_service.collect.schedule import (
    EPOCH,
    doubted,
    holds_account,
    moved_cursors,
    next_poll,
    next_regular,
    phase,
    starts,
)
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll, Reading

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
END = NOW + timedelta(minutes=1)
HOUR = timedelta(hours=1)


def failed(kind: FailureClass, wait_s: float | None = None, status: int | None = None) -> Poll:
    return Poll(failure=Failure(kind, "x", status, wait_s))


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


@pytest.mark.parametrize(
    "poll",
    [
        Poll(),
        Poll(searched={"k": NOW - HOUR}),  # a past that is longer than one read
        failed(FailureClass.TRANSIENT),
        failed(FailureClass.RATE_LIMITED, 8),
        failed(FailureClass.PARSE),
    ],
)
def test_what_a_provider_forbids_is_not_done_for_any_reason(poll: Poll) -> None:
    due_at = NOW - 59 * timedelta(minutes=1)
    said = {"end": END, "due_at": due_at, "period": HOUR, "failures": 1, "now": NOW}
    assert next_poll(poll, **said, least=HOUR).at == NOW + HOUR  # type: ignore[arg-type]
    sooner = next_poll(poll, **said).at  # type: ignore[arg-type]
    assert sooner is not None
    assert sooner < NOW + HOUR


def test_only_a_rate_limit_postpones_the_account() -> None:
    limited = next_poll(failed(FailureClass.RATE_LIMITED, 8), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert limited.postpone_account == limited.at == NOW + timedelta(seconds=8)
    unsaid = next_poll(failed(FailureClass.RATE_LIMITED), end=END, due_at=NOW, period=HOUR, failures=3, now=NOW)
    assert unsaid.postpone_account == NOW + timedelta(minutes=4)
    transient = next_poll(failed(FailureClass.TRANSIENT), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert transient.postpone_account is None


@pytest.mark.parametrize("kind", [FailureClass.TRANSIENT, FailureClass.RATE_LIMITED])
def test_a_wait_that_was_asked_for_postpones_the_account(kind: FailureClass) -> None:
    asked = next_poll(failed(kind, 7200), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert asked.postpone_account == asked.at == NOW + 2 * HOUR
    none = next_poll(failed(kind, 0), end=END, due_at=NOW, period=HOUR, failures=1, now=NOW)
    assert none.at == NOW + timedelta(minutes=1)  # "0 s" is no leave to hammer


@pytest.mark.parametrize(
    ("status", "wait_s", "failures", "all_wait"),
    [(403, None, 1, True), (403, None, 2, False), (403, 30, 2, True), (429, None, 2, True)],
)
def test_who_is_forbidden_again_waits_alone(status: int, wait_s: float | None, failures: int, all_wait: bool) -> None:
    poll = failed(FailureClass.RATE_LIMITED, wait_s, status)
    assert poll.failure is not None
    assert holds_account(poll.failure, failures) is all_wait
    found = next_poll(poll, end=END, due_at=NOW, period=HOUR, failures=failures, now=NOW)
    assert (found.postpone_account is not None) is all_wait
    assert found.at is not None
    assert found.at > NOW


def test_a_403_of_an_hour_is_a_refused_token() -> None:
    forbidden = Failure(FailureClass.RATE_LIMITED, "HTTP 403: no", 403)
    assert doubted(forbidden, since=NOW - HOUR + timedelta(seconds=1), now=NOW) == forbidden
    found = doubted(forbidden, since=NOW - HOUR, now=NOW)
    assert (found.kind, found.status) == (FailureClass.AUTH, 403)
    assert "HTTP 403: no" in found.message
    for other in (Failure(FailureClass.RATE_LIMITED, "x", 429), Failure(FailureClass.TRANSIENT, "x", 403)):
        assert doubted(other, since=NOW - 100 * HOUR, now=NOW) == other


@pytest.mark.parametrize("minutes", [1, 5, 10, 60, 7])
def test_ids_spread_many_sources_over_their_period(minutes: int) -> None:
    period, ids = timedelta(minutes=minutes), [UUID(int=n * 2**64 + 4242 * n) for n in range(3000)]
    offsets = [(phase(one, period, None) - EPOCH) / period for one in ids]
    assert all(0 <= one < 1 for one in offsets)
    tenths = Counter(int(one * 10) for one in offsets)
    assert min(tenths.values()) > 200
    assert max(tenths.values()) < 400
    assert [phase(one, period, None) for one in ids] == [phase(one, period, None) for one in ids]


def test_a_phase_that_somebody_said_is_kept() -> None:
    due_at = phase(UUID(int=1), HOUR, 120)
    assert next_regular(due_at, HOUR, NOW) == NOW + timedelta(minutes=2)
    assert next_regular(due_at, HOUR, NOW + timedelta(minutes=2)) == NOW + timedelta(minutes=62)


def test_a_past_that_does_not_get_shorter_is_no_reason_to_hurry() -> None:
    poll = Poll(searched={"a": NOW - HOUR})
    found = next_poll(poll, end=END, due_at=NOW, period=HOUR, failures=0, now=NOW, has_moved=False)
    assert found.at == NOW + HOUR


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
