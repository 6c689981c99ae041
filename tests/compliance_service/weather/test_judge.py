"""They are down, or we are wrong."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.weather.judge import FEWEST_TRIES, Sky, Tally, Weather, judge

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


def tell(*said: tuple[UUID, int, int], works: int = 3) -> Weather:
    return judge([Tally(*one) for one in said], works=works)


@pytest.mark.parametrize(
    ("said", "works", "sky"),
    [
        ([], 3, Sky.UNKNOWN),
        ([(ONE, 1, 0)], 3, Sky.CLEAR),
        ([(ONE, 1, 1), (TWO, 1, 1), (THREE, 1, 1)], 3, Sky.DOWN),
        ([(ONE, 2, 2), (TWO, 2, 2)], 3, Sky.UNKNOWN),  # two of three: too few to tell
        ([(ONE, 2, 2), (TWO, 2, 2)], 2, Sky.DOWN),  # all there are
        ([(ONE, 2, 2)], 1, Sky.UNKNOWN),
        ([(ONE, 3, 3)], 1, Sky.DOWN),
        ([(ONE, 9, 0), (TWO, 1, 1)], 3, Sky.CLEAR),
        ([(ONE, 3, 1), (TWO, 1, 0)], 3, Sky.MIXED),
        ([(ONE, 2, 2), (TWO, 2, 0)], 3, Sky.MIXED),
    ],
)
def test_the_sky(said: list[tuple[UUID, int, int]], works: int, sky: Sky) -> None:
    assert tell(*said, works=works).sky is sky


def test_who_gets_no_answer_while_others_do_is_ours_and_no_bad_weather() -> None:
    assert tell((ONE, 3, 3), (TWO, 3, 0)) == Weather(Sky.CLEAR, 6, 3, [ONE])


def test_nobody_is_to_blame_while_they_are_down() -> None:
    assert tell((ONE, 3, 3), (TWO, 3, 3), (THREE, 3, 3)).ours == ()


TALLIES = st.lists(
    st.integers(1, 9).flatmap(lambda tries: st.tuples(st.just(tries), st.integers(0, tries))), max_size=6
)


@given(TALLIES, st.integers(0, 20))
def test_one_answer_is_enough_not_to_be_down(counts: list[tuple[int, int]], works: int) -> None:
    tallies = [Tally(UUID(int=n), *said) for n, said in enumerate(counts)]
    found = judge(tallies, works=works)
    if any(not one.is_silent for one in tallies):
        assert found.sky in {Sky.CLEAR, Sky.MIXED}
    silent = {one.work for one in tallies if one.is_silent and one.tries >= FEWEST_TRIES}
    assert set(found.ours) <= silent
