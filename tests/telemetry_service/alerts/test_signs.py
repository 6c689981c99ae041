"""What a look calls for: a thing must last to be an alert, and be gone for a while for it to be over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.alerts.kinds import TERMS, Kind
from telemetry_service.alerts.signs import Known, Step, step

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def known(first: int, last: int, *, raised: bool) -> Known:
    return Known(NOW - first * MINUTE, NOW - last * MINUTE, raised)


@pytest.mark.parametrize(
    ("kind", "before", "seen", "expected"),
    [
        (Kind.OFFLINE, None, True, Step.RAISE),
        (Kind.CLOCK, None, True, Step.WAIT),
        (Kind.CLOCK, known(29, 1, raised=False), True, Step.WAIT),
        (Kind.CLOCK, known(30, 1, raised=False), True, Step.RAISE),
        (Kind.CLOCK, known(30, 1, raised=True), True, Step.STAND),
        (Kind.CLOCK, known(29, 1, raised=False), False, Step.FORGET),
        (Kind.OFFLINE, known(60, 9, raised=True), False, Step.LINGER),
        (Kind.OFFLINE, known(60, 10, raised=True), False, Step.CLEAR),
        (Kind.INCOMPLETE, known(60, 0, raised=True), False, Step.CLEAR),
    ],
)
def test_what_a_look_calls_for(kind: Kind, before: Known | None, seen: bool, expected: Step) -> None:
    assert step(kind, before, seen=seen, now=NOW) is expected


def test_what_was_never_seen_calls_for_nothing() -> None:
    with pytest.raises(ValueError, match="never seen"):
        step(Kind.OFFLINE, None, seen=False, now=NOW)


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.sampled_from([Kind.OFFLINE, Kind.STALE, Kind.ABOVE_MAX]))
def test_it_does_not_flap(looks: list[bool], kind: Kind) -> None:
    """By the minute, however it flickers: between one alert and the next it was away for `clear_after`, unbroken."""
    terms, before, ends = TERMS[kind], None, list[int]()
    for minute, seen in enumerate(looks):
        now = NOW + minute * MINUTE
        if before is None and not seen:
            continue
        said = step(kind, before, seen=seen, now=now)
        if said is Step.RAISE and ends:
            assert not any(looks[ends[-1] - terms.clear_after // MINUTE + 1 : minute])
        if seen:
            first = before.first_seen_at if before else now
            before = Known(first, now, said is not Step.WAIT)
        elif said in (Step.CLEAR, Step.FORGET):
            ends += [minute] if said is Step.CLEAR else []
            before = None


def test_every_kind_has_terms_and_words() -> None:
    assert set(TERMS) == set(Kind)
    assert all(kind.label and terms.severity.label for kind, terms in TERMS.items())
