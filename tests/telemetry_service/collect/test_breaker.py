from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.collect.breaker import BREAKS_AFTER, Circuit

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def after(count: int, circuit: Circuit | None = None, now: datetime = NOW) -> Circuit:
    circuit = circuit or Circuit()
    for _ in range(count):
        circuit = circuit.after_failure(now)
    return circuit


def test_a_few_failures_hold_nobody_up() -> None:
    circuit = after(BREAKS_AFTER - 1)
    assert (circuit.is_open(NOW), circuit.waits(NOW), circuit.probes(NOW)) == (False, False, False)


def test_one_more_opens_it_for_a_minute() -> None:
    circuit = after(BREAKS_AFTER)
    assert circuit.is_open(NOW)
    assert circuit.postponed_until == NOW + MINUTE
    assert not circuit.is_open(NOW + MINUTE)


def test_an_answer_in_between_starts_the_count_anew() -> None:
    circuit = after(BREAKS_AFTER - 1).after_answer(NOW)
    assert not after(BREAKS_AFTER - 1, circuit).waits(NOW)


def test_a_hundred_that_failed_together_are_one_reason_to_wait() -> None:
    assert after(100) == after(BREAKS_AFTER)


def test_when_the_time_is_over_it_is_tried_and_an_answer_closes_it() -> None:
    later = NOW + MINUTE
    circuit = after(BREAKS_AFTER)
    assert circuit.probes(later)
    assert circuit.after_answer(later) == Circuit(0, later)
    assert not circuit.after_answer(later).probes(later)


def test_each_trial_that_fails_makes_the_wait_longer_up_to_an_hour() -> None:
    circuit, at, waits = after(BREAKS_AFTER), NOW, []
    for _ in range(8):
        assert circuit.postponed_until is not None
        waits.append(circuit.postponed_until - at)
        at = circuit.postponed_until
        circuit = circuit.after_failure(at)
    assert waits == [timedelta(minutes=n) for n in (1, 2, 4, 8, 16, 32, 60, 60)]


def test_an_answer_to_a_question_from_before_it_opened_proves_nothing() -> None:
    circuit = after(BREAKS_AFTER)
    assert circuit.after_answer(NOW + MINUTE / 2) == circuit


def test_what_the_provider_asks_for_is_waited_for_and_breaks_nothing() -> None:
    circuit = Circuit().postponed(NOW + 9 * MINUTE).postponed(NOW + 7 * MINUTE)
    assert circuit.waits(NOW + 8 * MINUTE)
    assert (circuit.is_open(NOW), circuit.probes(NOW + 9 * MINUTE)) == (False, False)


def test_a_longer_wait_that_was_asked_for_stays() -> None:
    assert after(BREAKS_AFTER, Circuit().postponed(NOW + 30 * MINUTE)).postponed_until == NOW + 30 * MINUTE


@pytest.mark.parametrize("failures", [0, BREAKS_AFTER, 400])
def test_nobody_waits_for_a_time_that_is_over(failures: int) -> None:
    assert not Circuit(failures, NOW).waits(NOW)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7200)), max_size=60))
def test_it_never_waits_longer_than_an_hour_and_one_answer_at_the_trial_ends_it(
    events: list[tuple[bool, int]],
) -> None:
    circuit, at = Circuit(), NOW
    for is_answer, seconds in events:
        at += timedelta(seconds=seconds)
        circuit = circuit.after_answer(at) if is_answer else circuit.after_failure(at)
        assert circuit.postponed_until is None or circuit.postponed_until <= at + timedelta(hours=1)
    trial = max(at, circuit.postponed_until or at)
    assert circuit.after_answer(trial).failures == 0
