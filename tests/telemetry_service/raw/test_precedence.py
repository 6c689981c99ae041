"""Who speaks where several series of a variable have something to say."""

import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.raw.precedence import Rank, Standing, disagree, reach, speaking

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST, FALLBACK, CORRECTION, THIRD = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
HOUR = timedelta(hours=1)


class Row(NamedTuple):
    source_id: UUID
    minute: int
    variable: str = "flow"

    @property
    def key(self) -> str:
        return self.variable

    @property
    def device_time(self) -> datetime:
        return NOON + self.minute * MINUTE


def standings(*, span: tuple[int, int] | None = None) -> dict[tuple[UUID, str], Standing]:
    ends = (NOON + span[0] * MINUTE, NOON + span[1] * MINUTE) if span else None
    found = {}
    for variable in ("flow", "level"):
        found[FIRST, variable] = Standing(Rank.FIRST, HOUR)
        found[FALLBACK, variable] = Standing(Rank.FIRST + 1, HOUR)
        found[THIRD, variable] = Standing(Rank.FIRST + 2, HOUR)
        if ends:
            found[CORRECTION, variable] = Standing(Rank.CORRECTION, span=ends, variable=variable)
    return found


def minutes(rows: list[Row], source: UUID = FALLBACK, **more: tuple[int, int]) -> list[int]:
    return [row.minute for row in speaking(rows, standings(**more)) if row.source_id == source]


@pytest.mark.parametrize(("minute", "speaks"), [(0, False), (59, False), (-59, False), (60, True), (-60, True)])
def test_a_fallback_is_heard_where_the_first_has_nothing_within_its_cadence(minute: int, speaks: bool) -> None:
    rows = [Row(FIRST, 0), Row(FALLBACK, minute)]
    assert minutes(rows) == ([minute] if speaks else [])
    assert minutes(rows, FIRST) == [0]


def test_another_variable_of_the_first_silences_nobody() -> None:
    assert minutes([Row(FIRST, 0, "level"), Row(FALLBACK, 0)]) == [0]


def test_a_correction_replaces_its_whole_span_and_nothing_beyond() -> None:
    rows = [Row(FIRST, minute) for minute in (0, 60, 120, 180, 240)] + [Row(CORRECTION, 60), Row(CORRECTION, 180)]
    assert minutes(rows, FIRST, span=(60, 180)) == [0, 240]
    assert minutes(rows, CORRECTION, span=(60, 180)) == [60, 180]


def test_a_correction_holds_where_none_of_its_rows_is_looked_at() -> None:
    """A window in the middle of a long span: its readings lie before and behind."""
    assert minutes([Row(FIRST, 100), Row(FALLBACK, 300)], FIRST, span=(50, 150)) == []
    assert minutes([Row(FIRST, 200)], FIRST, span=(50, 150)) == [200]


def test_what_a_correction_silenced_silences_nobody() -> None:
    """The first reading at 60 is replaced; the fallback at 90 lies outside the span and within nobody's word."""
    rows = [Row(FIRST, 60), Row(CORRECTION, 60), Row(FALLBACK, 90)]
    assert minutes(rows, FALLBACK, span=(60, 60)) == [90]


def test_a_second_fallback_waits_for_the_first_fallback() -> None:
    rows = [Row(FIRST, 0), Row(FALLBACK, 70), Row(THIRD, 100), Row(THIRD, 200)]
    assert [row.minute for row in speaking(rows, standings())] == [0, 70, 200]


def test_series_of_one_rank_silence_nobody() -> None:
    equal = {(FIRST, "flow"): Standing(Rank.FIRST, HOUR), (FALLBACK, "flow"): Standing(Rank.FIRST, HOUR)}
    assert not disagree(equal.values())
    assert reach(equal.values()) == timedelta(0)
    assert len(speaking([Row(FIRST, 0), Row(FALLBACK, 0)], equal)) == 2


def test_a_word_carries_from_rank_to_rank() -> None:
    """Whether a row silences another may itself hang on a third: the last rank alone silences nobody."""
    first, fallback, last = (Standing(Rank.FIRST + n, hours * HOUR) for n, hours in ((0, 1), (1, 1), (2, 99)))
    assert reach([first, fallback]) == HOUR
    assert reach([first, fallback, last]) == 2 * HOUR
    assert reach([first, fallback, last, Standing(Rank.FIRST, 3 * HOUR), Standing(Rank.CORRECTION)]) == 4 * HOUR


rows = st.lists(
    st.builds(
        Row,
        st.sampled_from([FIRST, FALLBACK, THIRD, CORRECTION]),
        st.integers(0, 400),
        st.sampled_from(["flow", "level"]),
    ),
    unique=True,
    max_size=60,
)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(found: list[Row], chance: random.Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    spoke = set(speaking(found, standings(span=(50, 150))))
    assert set(speaking(shuffled, standings(span=(50, 150)))) == spoke


@given(rows)
def test_a_window_with_its_reach_around_it_says_what_the_whole_says(found: list[Row]) -> None:
    ranks = standings(span=(50, 150))
    start, end = NOON + 100 * MINUTE, NOON + 300 * MINUTE
    around = reach(ranks.values())
    some = [row for row in found if start - around <= row.device_time < end + around]
    whole = {row for row in speaking(found, ranks) if start <= row.device_time < end}
    assert {row for row in speaking(some, ranks) if start <= row.device_time < end} == whole
