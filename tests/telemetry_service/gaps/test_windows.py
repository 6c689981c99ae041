"""Which history is asked for, and what the answers make of the gaps."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from telemetry_service.gaps.backoff import PAUSES
from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Gap, GapMove
from telemetry_service.gaps.operations import search_again
from telemetry_service.gaps.states import GapState, Kind
from telemetry_service.gaps.windows import HELD, OF_ACCOUNT, Found, SearchWindow, next_windows, put_off, settle
from telemetry_service.providers.engine.results import FailureClass
from telemetry_service.providers.models import Provider
from telemetry_service.sources.models import Source

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]


def windows(now: datetime) -> list[SearchWindow]:
    found = next_windows(list(Source.objects.select_related("provider").order_by("id")), now=now)
    return [window for of_source in found.values() for window in of_source]


def asked(now: datetime) -> list[tuple[dict[str, float], float]]:
    """Hours before the test's beginning: the start of each key, the end."""
    return [({key: hours(start) for key, start in window.starts.items()}, hours(window.end)) for window in windows(now)]


BEGIN = datetime.fromisoformat("2026-01-02T12:00:00+00:00")


def hours(at: datetime) -> float:
    return (BEGIN - at) / HOUR


def states() -> list[tuple[str, str, int]]:
    return list(Gap.objects.order_by("from_time", "id").values_list("state", "cause", "tries"))


def empty(window: SearchWindow) -> Found:
    return Found(until=dict.fromkeys(window.starts, window.end))


def test_a_gap_is_asked_for_once_its_time_has_come(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    assert windows(now) == []
    assert asked(now + HOUR) == [({"caudal": 6}, 4)]
    assert states() == [("searching", "under_way", 0)]
    assert windows(now + HOUR) == []  # it is in hand


def test_without_gaps_a_round_costs_one_query(
    source: Any, hourly: Make, now: datetime, django_assert_num_queries: Any
) -> None:
    hourly()
    look(now)
    sources = list(Source.objects.select_related("provider"))
    with django_assert_num_queries(1):
        assert next_windows(sources, now=now + 9 * DAY) == {}


def test_keys_that_miss_the_same_are_asked_for_together(source: Any, hourly: Make, now: datetime) -> None:
    for key in ("caudal", "total"):
        hourly(without=[5, 6], key=key)
    look(now)
    assert asked(now + HOUR) == [({"caudal": 7, "total": 7}, 4)]


def test_the_oldest_and_the_newest_come_first_and_take_along_what_lies_near(
    source: Any, hourly: Make, now: datetime
) -> None:
    hourly(24 * 20, without=[5, 20, 24 * 8, 24 * 18, 24 * 18 + 10])
    look(now)
    assert asked(now + HOUR) == [({"caudal": 24 * 18 + 11}, 24 * 18 - 1), ({"caudal": 21}, 4)]
    assert asked(now + HOUR) == [({"caudal": 24 * 8 + 1}, 24 * 8 - 1)]


def test_a_long_gap_is_asked_for_in_bounded_windows_until_its_end(source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now - n * HOUR for n in [*range(20), *range(24 * 70, 24 * 70 + 20)]])
    look(now)
    at, ends = now + HOUR, []
    while found := windows(at):
        (window,) = found
        ends.append(hours(window.end) / 24)
        settle(window, empty(window), now=at)
    assert ends == [39, 8, pytest.approx(19 / 24)]
    assert states() == [("searched_empty", "provider_empty", 1)]


def test_an_answer_without_readings_is_asked_for_later_and_later_and_then_no_more(
    source: Any, hourly: Make, now: datetime
) -> None:
    hourly(without=[5])
    look(now)
    at, waited = now, []
    while (gap := Gap.objects.get()).next_try_at:
        waited.append(gap.next_try_at - at)
        at = gap.next_try_at
        (window,) = windows(at)
        settle(window, empty(window), now=at)
    assert tuple(waited) == PAUSES
    assert (gap.state, gap.cause, gap.tries, gap.settled_at) == ("searched_empty", "provider_empty", 5, at)
    assert windows(at + 100 * DAY) == []
    assert list(GapMove.objects.values_list("before", "after"))[:3] == [
        ("open", "searching"),
        ("searching", "searched_empty"),
        ("searched_empty", "searching"),
    ]


def test_what_the_provider_received_late_fills_the_gap(source: Any, hourly: Make, bring: Make, now: datetime) -> None:
    hourly(without=[5, 6, 7])
    look(now)
    (window,) = windows(now + HOUR)
    bring(source, [now - n * HOUR for n in (5, 6, 7)], at=now + HOUR)
    settle(window, empty(window), now=now + HOUR)
    assert states() == [("filled", "backfilled", 0)]


def test_what_is_left_of_it_was_searched(source: Any, hourly: Make, bring: Make, agrees: Make, now: datetime) -> None:
    hourly(without=range(5, 12))
    look(now)
    (window,) = windows(now + HOUR)
    bring(source, [now - 8 * HOUR], at=now + HOUR)
    settle(window, empty(window), now=now + HOUR)
    assert states() == [("searched_empty", "provider_empty", 1)] * 2
    assert set(Gap.objects.values_list("next_try_at", flat=True)) == {now + 7 * HOUR}
    look(now + HOUR)
    agrees(source, now + HOUR)


@pytest.mark.parametrize("kind", [FailureClass.TRANSIENT, FailureClass.CONFIG, FailureClass.PARSE])
def test_searches_that_fail_are_given_up_in_the_end(
    source: Any, hourly: Make, now: datetime, kind: FailureClass
) -> None:
    hourly(without=[5])
    look(now)
    at = now
    while at := Gap.objects.get().next_try_at:  # type: ignore[assignment] # None ends it
        (window,) = windows(at)
        settle(window, Found(until={}, failure=kind), now=at)
    assert states() == [("given_up", f"failed:{kind}", 5)]


def test_an_account_that_has_to_wait_costs_no_try(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    (window,) = windows(now + HOUR)
    settle(window, Found(until={}, failure=FailureClass.RATE_LIMITED), now=now + HOUR)
    assert states() == [("open", "failed:rate_limited", 0)]
    assert Gap.objects.get().next_try_at == now + 2 * HOUR


def test_of_a_window_that_broke_off_each_key_has_its_own_outcome(source: Any, hourly: Make, now: datetime) -> None:
    for key in ("caudal", "total"):
        hourly(without=[5], key=key)
    look(now)
    (window,) = windows(now + HOUR)
    settle(window, Found(until={"caudal": window.end}, failure=FailureClass.TRANSIENT), now=now + HOUR)
    found = dict(Gap.objects.values_list("key", "state"))
    assert found == {"caudal": "searched_empty", "total": "open"}


def test_a_search_that_broke_off_goes_on_where_it_was(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=range(5, 30))
    look(now)
    (window,) = windows(now + HOUR)
    settle(window, Found(until={"caudal": now - 20 * HOUR}, failure=FailureClass.TRANSIENT), now=now + HOUR)
    assert states() == [("open", "under_way", 0)]
    assert asked(now + HOUR) == [({"caudal": 20}, 4)]


def test_what_was_not_asked_for_is_put_off(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    put_off(windows(now + HOUR), now=now + HOUR)
    assert states() == [("open", "put_off", 0)]
    assert asked(now + HOUR) == [({"caudal": 6}, 4)]


def test_what_a_dead_worker_held_comes_back(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    (held,) = windows(now + HOUR)
    assert windows(now + HOUR + HELD - timedelta(seconds=1)) == []
    assert windows(now + HOUR + HELD) == [held]
    assert list(GapMove.objects.values_list("after", "cause"))[1] == ("open", "put_off")


def test_a_source_whose_poll_fails_is_not_asked_for_more(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    Source.objects.update(failures=1)
    assert windows(now + HOUR) == []


def test_an_account_is_asked_for_no_more_than_a_few_in_a_round(
    make_source: Make, make_provider: Make, bring: Make, now: datetime
) -> None:
    account = make_provider("tago")
    for n in range(OF_ACCOUNT):
        one = make_source(provider=account, params={"token": f"token-{n}"})
        bring(one, [now - m * HOUR for m in range(80) if m not in {5, 70}])
    look(now)
    assert len(windows(now + HOUR)) == OF_ACCOUNT
    assert len(windows(now + HOUR)) == OF_ACCOUNT
    assert windows(now + HOUR) == []


def test_a_provider_that_lost_its_history_request(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    Provider.objects.update(config={**Provider.objects.get().config, "history": None})
    assert windows(now + HOUR) == []
    assert states() == [("no_history", "no_request", 0)]


def test_nobody_asks_for_more_than_the_provider_keeps(
    make_source: Make, make_provider: Make, bring: Make, now: datetime
) -> None:
    source = make_source(provider=make_provider("tago", history={"keeps": "P2D"}))
    bring(source, [now - n * HOUR for n in range(80) if not 30 < n < 60])
    look(now)
    assert asked(now + HOUR) == [({"caudal": 47}, 30)]
    look(now + 10 * DAY)
    Gap.objects.filter(kind=Kind.HOLE).update(state=GapState.OPEN, next_try_at=now)
    assert windows(now + 10 * DAY) == []
    assert states()[0] == ("no_history", "beyond_kept", 0)


def search(source: Any, start: datetime, end: datetime, now: datetime, keys: Sequence[str] = ("caudal",)) -> list[Gap]:
    return search_again(
        source_id=source.id, points=None, keys=keys, start=start, end=end, actor="user:ops@example.cl", now=now
    )


def test_a_stretch_that_a_person_asked_for_ends_in_an_answer(
    source: Any, hourly: Make, bring: Make, now: datetime
) -> None:
    hourly()
    look(now)
    search(source, now - 20 * DAY, now - 10 * DAY, now)
    (window,) = windows(now)
    assert (window.starts, window.end) == ({"caudal": now - 20 * DAY}, now - 10 * DAY)
    bring(source, [now - 15 * DAY])
    settle(window, Found(until={"caudal": window.end}, brought={"caudal"}), now=now)
    asked_for = Gap.objects.get(kind=Kind.ASKED)
    assert (asked_for.state, asked_for.cause, asked_for.opened_by) == ("filled", "backfilled", "user:ops@example.cl")
    search(source, now - 40 * DAY, now - 30 * DAY, now)
    (window,) = windows(now)
    settle(window, empty(window), now=now)
    assert Gap.objects.filter(kind=Kind.ASKED, state=GapState.SEARCHED_EMPTY, next_try_at=None).count() == 1


def test_asked_stretches_and_gaps_within_them_are_settled_each_by_its_own_answer(
    source: Any, hourly: Make, now: datetime
) -> None:
    """The search of a long stretch is not over because that of a gap in it is."""
    hourly(without=[5])
    look(now)
    search(source, now - 60 * DAY, now - 2 * HOUR, now)
    first, second = windows(now)
    assert (first.end, second.starts) == (now - 29 * DAY, {"caudal": now - 6 * HOUR})
    settle(second, empty(second), now=now)
    asked_for = Gap.objects.get(kind=Kind.ASKED)
    assert asked_for.state == GapState.SEARCHING
    settle(first, empty(first), now=now)
    asked_for.refresh_from_db()
    assert (asked_for.state, asked_for.searched_to) == (GapState.OPEN, now - 29 * DAY)
