"""Used, left and foreseen, by hand and by what must always hold."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.rights.usage import Drawn, Grant, share, usage

ONE, TWO = UUID(int=1), UUID(int=2)
POINT, OTHER = UUID(int=11), UUID(int=12)
DAY = timedelta(days=1)
NEW_YEAR = date(2024, 1, 1)
TODAY = date(2024, 3, 31)


def grant(id_: UUID = ONE, yearly: float | None = 1000.0, **more: object) -> Grant:
    said: dict[str, object] = {"flow_l_s": None, "valid_from": date(2000, 1, 1), "valid_to": None}
    return Grant(id=id_, yearly_m3=yearly, **(said | more))  # type: ignore[arg-type]  # of a test's own making


def days(m3: float, *, first: date = NEW_YEAR, count: int = 91, point: UUID = POINT) -> list[Drawn]:
    return [Drawn(point, first + n * DAY, m3) for n in range(count)]


def test_used_left_and_when_it_is_gone() -> None:
    found = usage(grant(), drawn=days(5.0), others={POINT: [grant()]}, today=TODAY)
    assert found.year == (NEW_YEAR, date(2024, 12, 31))
    assert (found.used_m3, found.left_m3, found.percent) == (455.0, 545.0, 45.5)
    assert found.by_month == {1: 155.0, 2: 145.0, 3: 155.0}
    assert found.reached == ()
    forecast = found.forecast
    assert forecast is not None
    assert (forecast.mean_m3_day, forecast.expected_m3) == (5.0, 455.0 + 275 * 5.0)
    assert forecast.exhausted_on == TODAY + 109 * DAY
    assert forecast.low_m3 == forecast.expected_m3 == forecast.high_m3


def test_what_lasts_has_no_last_day() -> None:
    forecast = usage(grant(), drawn=days(1.0), others={POINT: [grant()]}, today=TODAY).forecast
    assert forecast is not None
    assert (forecast.exhausted_on, forecast.earliest) == (None, None)


def test_uneven_days_make_a_band_and_an_earliest_day() -> None:
    uneven = [Drawn(POINT, NEW_YEAR + n * DAY, 10.0 * (n % 2)) for n in range(91)]
    forecast = usage(grant(), drawn=uneven, others={POINT: [grant()]}, today=TODAY).forecast
    assert forecast is not None
    assert forecast.low_m3 < forecast.expected_m3 < forecast.high_m3
    assert forecast.earliest is not None
    assert forecast.exhausted_on is not None
    assert forecast.earliest < forecast.exhausted_on


@pytest.mark.parametrize(("m3", "reached"), [(8.7, ()), (8.8, (80,)), (10.9, (80,)), (11.0, (80, 100))])
def test_levels_are_reached_from_their_share_on(m3: float, reached: tuple[int, ...]) -> None:
    assert usage(grant(), drawn=days(m3), others={POINT: [grant()]}, today=TODAY).reached == reached


def test_a_year_may_begin_in_another_month() -> None:
    april = grant(year_starts_in=4)
    assert april.year_of(date(2024, 3, 31)) == (date(2023, 4, 1), date(2024, 3, 31))
    assert april.year_of(date(2024, 4, 1)) == (date(2024, 4, 1), date(2025, 3, 31))
    assert grant(year_starts_in=3).year_of(date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))
    drawn = days(1.0, first=date(2023, 3, 1), count=600)
    assert usage(april, drawn=drawn, others={POINT: [april]}, today=TODAY).used_m3 == 366


def test_only_its_own_days_count() -> None:
    short = grant(valid_from=date(2024, 2, 1), valid_to=date(2024, 2, 10))
    assert usage(short, drawn=days(2.0), others={POINT: [short]}, today=TODAY).used_m3 == 20


def test_works_that_share_a_right_add_up() -> None:
    drawn = days(2.0) + days(3.0, point=OTHER)
    found = usage(grant(), drawn=drawn, others={POINT: [grant()], OTHER: [grant()]}, today=TODAY)
    assert found.used_m3 == 455.0


def test_a_work_uses_its_rights_in_proportion() -> None:
    big, small = grant(ONE, 3000.0), grant(TWO, 1000.0, valid_from=date(2024, 3, 1))
    assert share(big, [big, small], date(2024, 2, 29)) == 1.0
    assert (share(big, [big, small], TODAY), share(small, [big, small], TODAY)) == (0.75, 0.25)


def test_a_right_of_flow_alone_weighs_what_it_could_give() -> None:
    flow = grant(TWO, None, flow_l_s=10.0)
    assert flow.weight == 315_360.0
    found = usage(flow, drawn=days(5.0), others={POINT: [flow]}, today=TODAY)
    assert (found.used_m3, found.left_m3, found.percent, found.reached) == (455.0, None, None, ())
    assert found.forecast is not None
    assert found.forecast.exhausted_on is None


def test_a_month_that_took_too_much_is_named() -> None:
    monthly = grant(monthly_m3=[150.0] + [160.0] * 11)
    assert usage(monthly, drawn=days(5.0), others={POINT: [monthly]}, today=TODAY).over_months == (1,)


def test_too_few_days_say_nothing_of_the_future() -> None:
    assert usage(grant(), drawn=days(5.0, count=6), others={POINT: [grant()]}, today=TODAY).forecast is None
    assert usage(grant(), drawn=[], others={}, today=TODAY).forecast is None


grants = st.lists(
    st.builds(
        lambda n, yearly, first, length: grant(
            UUID(int=n), float(yearly), valid_from=NEW_YEAR + first * DAY, valid_to=NEW_YEAR + (first + length) * DAY
        ),
        st.integers(1, 5), st.integers(1, 10_000), st.integers(-50, 60), st.integers(0, 200),
    ),
    min_size=1, max_size=5, unique_by=lambda one: one.id,
)  # fmt: skip


@given(grants, st.lists(st.floats(0, 1000), min_size=1, max_size=91))
def test_no_volume_is_lost_or_counted_twice(rights: list[Grant], volumes: list[float]) -> None:
    drawn = [Drawn(POINT, NEW_YEAR + n * DAY, m3) for n, m3 in enumerate(volumes)]
    used = sum(usage(one, drawn=drawn, others={POINT: rights}, today=TODAY).used_m3 for one in rights)
    covered = sum(one.m3 for one in drawn if any(right.holds(one.day) for right in rights))
    assert used == pytest.approx(covered)
