"""Gaps follow the readings: what a look finds, what it costs, what becomes of the states."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from telemetry_service.gaps.look import look
from telemetry_service.gaps.models import Completeness, Gap, GapMove, Watch
from telemetry_service.gaps.moves import move
from telemetry_service.gaps.queries import DaysWanted, GapsWanted, days_page, gaps_page
from telemetry_service.gaps.states import Cause, GapState, Kind
from telemetry_service.gaps.windows import next_windows
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import Arrival, Series
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.precedence import Rank

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Make = Callable[..., Any]


def states(source: Any, key: str = "caudal") -> list[tuple[Any, ...]]:
    gaps = Gap.objects.filter(source=source, key=key).order_by("from_time", "id")
    return list(gaps.values_list("state", "cause", "missing"))


def rest(gap: Gap, state: GapState, now: datetime) -> None:
    """Brings a gap into a state by the moves that lead there."""
    ids, cause = [gap.id], Cause.PROVIDER_EMPTY
    if state in {GapState.SEARCHING, GapState.SEARCHED_EMPTY, GapState.GIVEN_UP}:
        move(ids=ids, before=GapState.OPEN, after=GapState.SEARCHING, cause=cause, now=now, last_searched_at=now)
        if state is not GapState.SEARCHING:
            move(ids=ids, before=GapState.SEARCHING, after=state, cause=cause, now=now, tries=3)
    elif state is not GapState.OPEN:
        move(ids=ids, before=GapState.OPEN, after=state, cause=cause, now=now, by="user:ops@example.cl")


def test_a_missing_hour_is_an_open_gap(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    gap = Gap.objects.get()
    assert (gap.from_time, gap.to_time, gap.missing, gap.cadence_s) == (now - 6 * HOUR, now - 4 * HOUR, 1, 3600)
    assert (gap.state, gap.cause, gap.kind) == (GapState.OPEN, Cause.DETECTED, Kind.HOLE)
    assert (gap.opened_at, gap.next_try_at, gap.tries) == (now, now + HOUR, 0)
    assert Arrival.objects.count() == 0


def test_what_comes_late_closes_it(source: Any, hourly: Make, bring: Make, now: datetime) -> None:
    hourly(without=[5])
    look(now)
    bring(source, [now - 5 * HOUR], at=now + HOUR)
    look(now + HOUR)
    gap = Gap.objects.get()
    assert (gap.state, gap.cause, gap.next_try_at, gap.settled_at) == ("filled", "arrived", None, now + HOUR)
    moved = GapMove.objects.get()
    assert (moved.before, moved.after, moved.cause, moved.moved_by) == ("open", "filled", "arrived", "")


@pytest.mark.parametrize(
    ("late", "left"),
    [([12], [4, 3]), ([16], [7]), ([9], [7]), ([9, 16], [6]), ([10, 13], [3, 2, 1]), (range(9, 17), [])],
)
def test_what_comes_late_splits_and_shrinks_it(
    source: Any, hourly: Make, bring: Make, agrees: Make, now: datetime, late: Any, left: list[int]
) -> None:
    hourly(without=range(9, 17))
    look(now)
    first = Gap.objects.get()
    bring(source, [now - n * HOUR for n in late])
    look(now)
    agrees(source, now)
    at_hand = Gap.objects.exclude(state=GapState.FILLED).order_by("from_time")
    assert list(at_hand.values_list("missing", flat=True)) == left
    if left:
        assert at_hand.filter(id=first.id).exists()  # what was known of the whole goes on with its first piece


@pytest.mark.parametrize("state", [GapState.SEARCHED_EMPTY, GapState.GIVEN_UP, GapState.NO_HISTORY, GapState.CLOSED])
def test_readings_in_a_gap_that_rests_open_it_again(
    source: Any, hourly: Make, bring: Make, now: datetime, state: GapState
) -> None:
    hourly(without=range(9, 17))
    look(now)
    rest(Gap.objects.get(), state, now)
    look(now)
    assert [found for found, *_ in states(source)] == [state]
    bring(source, [now - 12 * HOUR])
    look(now)
    assert states(source) == [("open", "arrived", 4), ("open", "arrived", 3)]
    assert set(Gap.objects.values_list("next_try_at", "tries", "settled_at")) == {(now + HOUR, 0, None)}
    assert GapMove.objects.last().before == state  # type: ignore[union-attr] # there is one


def test_a_gap_that_is_being_searched_stays_so_in_all_its_pieces(
    source: Any, hourly: Make, bring: Make, now: datetime
) -> None:
    hourly(without=range(9, 17))
    look(now)
    rest(Gap.objects.get(), GapState.SEARCHING, now)
    bring(source, [now - 12 * HOUR])
    look(now)
    assert [state for state, *_ in states(source)] == ["searching", "searching"]
    bring(source, [now - n * HOUR for n in range(9, 17)])
    look(now)
    assert {(state, cause) for state, cause, _ in states(source)} == {("filled", "backfilled")}


def test_a_source_without_history_shows_its_gaps_at_once_as_such(
    source: Any, hourly: Make, bring: Make, now: datetime
) -> None:
    Provider.objects.update(type="PUSH")
    hourly(without=range(9, 17))
    look(now)
    assert states(source) == [("no_history", "no_request", 8)]
    bring(source, [now - 12 * HOUR])
    look(now)
    assert states(source) == [("no_history", "no_request", 4), ("no_history", "no_request", 3)]
    bring(source, [now - n * HOUR for n in range(9, 17)])
    look(now)
    assert {state for state, *_ in states(source)} == {"filled"}


def test_what_the_provider_does_not_keep_any_more_need_not_be_asked_for(
    make_source: Make, make_provider: Make, bring: Make, now: datetime
) -> None:
    source = make_source(provider=make_provider("tago", history={"keeps": "P1D"}))
    bring(source, [now - n * HOUR for n in range(72) if n not in {5, 40}])
    look(now)
    assert states(source) == [("no_history", "beyond_kept", 1), ("open", "detected", 1)]


def test_a_device_that_measures_less_often_has_no_gaps_once_that_shows(source: Any, bring: Make, now: datetime) -> None:
    quarter = HOUR / 4
    bring(source, [now - n * quarter for n in range(1, 20)])
    for n in range(4):
        bring(source, [now + n * HOUR])
        look(now + n * HOUR)
    assert {(state, cause) for state, cause, _ in states(source)} == {("filled", "rhythm")}


def test_series_are_looked_at_one_by_one(source: Any, hourly: Make, now: datetime) -> None:
    hourly(without=[5])
    hourly(without=[7, 8], key="total")
    look(now)
    assert (states(source), states(source, "total")) == ([("open", "detected", 1)], [("open", "detected", 2)])


def test_corrections_and_what_came_in_files_are_not_expected(
    source: Any, hourly: Make, bring: Make, now: datetime
) -> None:
    Series.objects.filter(key="caudal").update(rank=Rank.CORRECTION)
    hourly(without=[5])
    hourly(without=[5], key="unknown")
    file = SimpleNamespace(id=uuid.uuid4())
    map_series(source_id=file.id, origin="file", point_id=source.point_id, variables={"caudal": "flow"})
    bring(file, [now - n * HOUR for n in range(20) if n != 5])
    assert look(now) > 0
    assert (Gap.objects.count(), Completeness.objects.count(), Watch.objects.count()) == (0, 0, 0)


def test_what_was_withdrawn_is_not_shown_nor_searched_and_comes_back_as_it_is(
    source: Any, hourly: Make, agrees: Make, now: datetime
) -> None:
    Series.objects.update(withdrawn_at=now)
    hourly(without=[5])
    look(now)
    everyones = GapsWanted(points=None), DaysWanted(points=None, sources=None, zone="utc-4")
    at = now + 12 * HOUR
    assert next_windows([source], now=at) == {}
    assert gaps_page(everyones[0], after=None, limit=9) == []
    assert days_page(everyones[1], after=None, limit=9) == []
    Series.objects.update(withdrawn_at=None)
    look(at)
    agrees(source, at)
    assert len(gaps_page(everyones[0], after=None, limit=9)) == 2
    assert len(next_windows([source], now=at)[source.id]) == 1


def test_whoever_listens_is_told_once_what_came(source: Any, hourly: Make, now: datetime) -> None:
    heard: list[int] = []

    def listen(arrived: Any, *, now: datetime) -> None:
        heard.append(sum(one.number for one in arrived))

    hourly(10)
    look(now, tell=[listen])
    look(now, tell=[listen])
    assert heard == [10]


def test_a_listener_that_fails_leaves_everything_to_the_next_look(
    source: Any, hourly: Make, agrees: Make, now: datetime
) -> None:
    def broken(arrived: Any, *, now: datetime) -> None:
        raise RuntimeError("broken")

    hourly(without=[5])
    with pytest.raises(RuntimeError):
        look(now, tell=[broken])
    assert Arrival.objects.count() == 1
    look(now)
    agrees(source, now)


def queries(now: datetime) -> int:
    with CaptureQueriesContext(connection) as captured:
        look(now)
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


def test_a_look_costs_the_same_number_of_queries_whatever_came_and_whatever_is_there(
    source: Any, bring: Make, hourly: Make, now: datetime
) -> None:
    assert queries(now) == 6  # nothing came: the rhythms, the arrivals, the silences
    hourly(30)
    first = queries(now)
    hourly(30, until=now - timedelta(days=300))
    for key in ("caudal", "total"):
        bring(source, [now + n * HOUR for n in range(1, 20)], key=key)
    look(now + 20 * HOUR)
    bring(source, [now + 20 * HOUR], at=now + 20 * HOUR)
    bring(source, [now + n * HOUR for n in range(20, 25)], key="total", at=now + 24 * HOUR)
    assert queries(now + 24 * HOUR) <= first


def test_more_stores_than_one_round_takes_are_all_worked_off(
    source: Any, bring: Make, agrees: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry_service.gaps.look.STORES_AT_ONCE", 2)
    for hours in (9, 8, 6, 5):
        bring(source, [now - hours * HOUR])
    assert look(now) == 4
    assert Arrival.objects.count() == 0
    agrees(source, now)


def test_where_less_came_than_a_round_takes_nobody_looks_again(source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now - HOUR])
    with CaptureQueriesContext(connection) as captured:
        assert look(now) == 1
    assert sum("DELETE FROM raw_arrival" in query["sql"] for query in captured.captured_queries) == 1


# The readings and gaps that the transaction read so far, by whatever way.
READ = """
SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_all_tables
 WHERE relname ~ '^(raw_telemetry|gap|completeness)'
"""


def rows_read(source: Any, bring: Make, at: datetime) -> int:
    bring(source, [at], at=at)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # which the planner prefers for what is small in a test
        cursor.execute(READ)
        (before,) = cursor.fetchone()
        look(at)
        cursor.execute(READ)
        (after,) = cursor.fetchone()
    return int(after - before)


def test_a_look_reads_no_more_of_a_long_series_than_of_a_short_one(source: Any, bring: Make, now: datetime) -> None:
    bring(source, [now - n * HOUR for n in range(100) if n % 30 != 29])
    look(now)
    short = rows_read(source, bring, now + HOUR)
    assert short > 10
    bring(source, [now - n * HOUR for n in range(100, 2000) if n % 30 != 29])
    look(now + HOUR)
    assert Gap.objects.count() > 60
    assert rows_read(source, bring, now + 2 * HOUR) <= short
