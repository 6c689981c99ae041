"""Names and bounds of the pieces of a month."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.db.pieces import MOST_ROWS, Grain, grain_for, month_of, months, next_month, pieces

MONTHS = st.dates(date(1999, 1, 1), date(2100, 12, 31)).map(lambda day: day.replace(day=1))


def test_months_cross_the_year() -> None:
    assert list(months(date(2024, 11, 30), date(2025, 2, 1))) == [
        date(2024, 11, 1),
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]


@given(MONTHS, st.sampled_from(Grain))
def test_pieces_fill_the_month_without_a_hole(month: date, grain: Grain) -> None:
    found = list(pieces(month, grain))
    assert (found[0].start, found[-1].end) == (month, next_month(month))
    assert all(one.end == other.start for one, other in itertools.pairwise(found))
    longest = {Grain.MONTH: 31, Grain.WEEK: 7, Grain.DAY: 1}[grain]
    assert all(timedelta(0) < one.end - one.start <= timedelta(days=longest) for one in found)


@given(MONTHS, st.sampled_from(Grain))
def test_a_piece_is_known_by_its_name(month: date, grain: Grain) -> None:
    names = [f"readings{one.suffix}" for one in pieces(month, grain)]
    assert {month_of(name) for name in names} == {month}
    assert sorted(names) == names
    assert len(set(names)) == len(names)


@given(MONTHS)
def test_no_name_stands_for_two_pieces(month: date) -> None:
    names = [one.suffix for grain in Grain for one in pieces(month, grain)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("grain", "first", "last"),
    [
        (
            Grain.MONTH,
            ("_y2024m02", date(2024, 2, 1), date(2024, 3, 1)),
            ("_y2024m02", date(2024, 2, 1), date(2024, 3, 1)),
        ),
        (
            Grain.WEEK,
            ("_y2024m02w1", date(2024, 2, 1), date(2024, 2, 8)),
            ("_y2024m02w5", date(2024, 2, 29), date(2024, 3, 1)),
        ),
        (
            Grain.DAY,
            ("_y2024m02d01", date(2024, 2, 1), date(2024, 2, 2)),
            ("_y2024m02d29", date(2024, 2, 29), date(2024, 3, 1)),
        ),
    ],
)
def test_the_pieces_of_a_leap_february(
    grain: Grain, first: tuple[str, date, date], last: tuple[str, date, date]
) -> None:
    found = list(pieces(date(2024, 2, 1), grain))
    assert (found[0], found[-1]) == (first, last)


@pytest.mark.parametrize("name", ["readings", "readings_y2024", "readings_y2024m02x1", "readings_y2024m02_pkey"])
def test_other_tables_are_no_pieces(name: str) -> None:
    assert month_of(name) is None


@pytest.mark.parametrize(
    ("rows", "grain"),
    [
        (0, Grain.MONTH),
        (MOST_ROWS, Grain.MONTH),
        (MOST_ROWS + 1, Grain.WEEK),
        (MOST_ROWS * 31 / 7, Grain.WEEK),
        (MOST_ROWS * 31 / 7 + 5, Grain.DAY),
        (MOST_ROWS * 1000, Grain.DAY),
    ],
)
def test_no_piece_holds_more_than_the_most(rows: float, grain: Grain) -> None:
    assert grain_for(rows) is grain
