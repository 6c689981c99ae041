"""The mean of a period: what holds of it whatever was measured."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.means import Mean, Span, mean_of

POINT = UUID(int=7)
START = datetime(2024, 5, 13, 4, tzinfo=UTC)
END = START + timedelta(days=1)
GAP = timedelta(hours=1)
SPAN = Span(POINT, "flow", START, END, GAP)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Row:
    time: datetime
    value: float | None = 1.0
    quality: int = 1
    reasons: tuple[str, ...] = ()
    variable: str = "flow"
    point: UUID = POINT
    config_version: int | None = 1
    known_since: str = "2024-05-14T05:00:00Z"


def at(seconds: int, value: float | None = 1.0, quality: int = 1) -> Row:
    return Row(START + timedelta(seconds=seconds), value, quality)


NUMBERS = st.floats(0, 1e6, allow_nan=False)
ROWS = st.lists(
    st.builds(at, st.integers(-4000, 90_000), NUMBERS, st.sampled_from([1, 1, 1, 3, 4, 9])),
    max_size=40,
    unique_by=lambda row: row.time,
)


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert mean_of(SPAN, mixed) == mean_of(SPAN, rows)


@given(ROWS, NUMBERS)
def test_the_mean_of_a_constant_is_the_constant(rows: list[Row], value: float) -> None:
    mean = mean_of(SPAN, [replace(row, value=value) for row in rows])
    assert mean.value is None or mean.value == Fraction(repr(value))


@given(ROWS)
def test_it_lies_between_the_least_and_the_greatest_good_value(rows: list[Row]) -> None:
    mean = mean_of(SPAN, rows)
    good = [Fraction(repr(row.value)) for row in rows if row.quality == 1]
    if mean.covered:
        assert min(good) <= mean.weighted / mean.covered <= max(good)
    assert 0 <= mean.coverage <= 1


@given(ROWS, st.integers(1, 86_399))
def test_two_halves_weighted_by_what_they_cover_are_the_whole(rows: list[Row], cut: int) -> None:
    middle = START + cut * SECOND
    whole, early, late = (
        mean_of(span, rows) for span in (SPAN, replace(SPAN, end=middle), replace(SPAN, start=middle))
    )
    assert whole.weighted == early.weighted + late.weighted
    assert whole.covered == early.covered + late.covered


@given(ROWS, st.integers(0, 39), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([2, 3, 4, 9]))
def test_a_bad_value_changes_the_coverage_only(rows: list[Row], which: int, value: float, quality: int) -> None:
    """Whatever it says. What it would have stood for is not covered, and nothing else stands for it."""
    good = [replace(row, quality=1) for row in rows]
    if which >= len(good):
        return
    spoilt = [*good[:which], replace(good[which], quality=quality, value=value), *good[which + 1 :]]
    before, after = mean_of(SPAN, good), mean_of(SPAN, spoilt)
    lost = before.covered - after.covered
    assert lost >= 0
    assert before.weighted - after.weighted == lost * Fraction(repr(good[which].value))
    assert before.count == after.count


@given(ROWS)
def test_what_does_not_stand_in_the_period_does_not_bear_on_it(rows: list[Row]) -> None:
    outside = [at(-3601, 9.0), at(86_400, 9.0), replace(at(5), variable="total"), replace(at(6), point=UUID(int=8))]
    known = {row.time for row in outside}
    inside = [row for row in rows if row.time not in known and row.time >= START - GAP]
    assert mean_of(SPAN, [*inside, *outside]) == mean_of(SPAN, inside)


def test_it_is_weighted_by_time_not_by_rows() -> None:
    """Ten for half an hour and one for the other half, of which there are many more rows."""
    rows = [at(0, 10.0), *(at(1800 + 60 * minute, 1.0) for minute in range(30))]
    hour = mean_of(replace(SPAN, end=START + GAP), rows)
    assert (hour.value, hour.coverage, hour.count) == (Fraction("5.5"), 1, 31)


def test_what_was_measured_before_the_period_stands_into_it() -> None:
    hour = mean_of(replace(SPAN, end=START + GAP), [at(-1800, 4.0), at(1800, 2.0)])
    assert (hour.value, hour.coverage, hour.count) == (3, 1, 2)


def test_nothing_stands_for_longer_than_the_gap() -> None:
    day = mean_of(SPAN, [at(0, 5.0), at(43_200, 7.0)])
    assert (day.value, day.coverage) == (6, Fraction(2, 24))


def test_nothing_covered_has_no_mean() -> None:
    none = mean_of(SPAN, [at(0, 1.0, 4), at(60, None, 1)])
    assert (none.value, none.coverage, none.count, none.bad) == (None, 0, 2, 2)
    assert mean_of(SPAN, []).count == 0


def test_decimals_are_added_as_they_are_written() -> None:
    """Three of 0.1 and one of 0.7 are 0.25 to the last digit; floats would say 0.24999999999999997."""
    rows = [at(900 * place, value) for place, value in enumerate((0.1, 0.1, 0.1, 0.7))]
    assert str(mean_of(replace(SPAN, end=START + GAP), rows).value) == "0.25"


def test_what_never_ends_is_cut_not_rounded() -> None:
    """Two thirds: 0.666…, never 0.667, so that rounding it later is rounding once."""
    rows = [at(0, 1.0), at(1200, 1.0), at(2400, 0.0)]
    assert str(mean_of(replace(SPAN, end=START + GAP), rows).value) == "0." + "6" * 25


@pytest.mark.parametrize(
    "change", [{"value": 2.0}, {"quality": 3}, {"config_version": 2}, {"known_since": "2024-05-14T06:00:00Z"}]
)
def test_any_other_version_of_a_measurement_is_another_digest(change: dict[str, object]) -> None:
    rows = [at(900 * place) for place in range(96)]
    changed = [*rows[:50], replace(rows[50], **change), *rows[51:]]  # type: ignore[arg-type]
    assert digest(mean_of(SPAN, rows)) != digest(mean_of(SPAN, changed))


def digest(mean: Mean) -> str:
    return mean.sha256


def test_the_digest_is_of_instants_however_they_are_written() -> None:
    rows = [at(0)]
    other = [replace(rows[0], known_since="2024-05-14T01:00:00.000000-04:00")]
    assert digest(mean_of(SPAN, rows)) == digest(mean_of(SPAN, other))
