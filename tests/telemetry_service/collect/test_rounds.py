"""Rounds: who is asked while others are, how many at once, and what two processes leave each other."""

import asyncio
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from telemetry_service.collect import asking, collector
from telemetry_service.collect.claims import LEASE
from telemetry_service.collect.locks import AccountLocks
from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import collect_due
from telemetry_service.providers.adapters import Answer, Poll, Reading
from telemetry_service.sources.models import Source, State
from tests.telemetry_service.collect.conftest import Many, stored

pytestmark = pytest.mark.django_db
Make = Callable[..., list[Any]]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONG_S = 20.0  # longer than anything here takes; what waits for it has failed


def token(request: Request) -> str:
    return request.headers["Device-Token"]


def test_places_are_bounded_by_account_and_over_all(
    many: Many, make_account: Make, now: datetime, settings: Any
) -> None:
    settings.COLLECT_CONCURRENCY = 5
    many.pause_s = 0.02
    for name in ("a", "b", "c"):
        make_account(name, 12, limits={"concurrency": 3})
    assert collect_due(now) == 36
    assert many.most["all"] == 5
    assert max(many.most[name] for name in "abc") <= 3


def test_a_slow_account_holds_up_nobody_else(many: Many, make_account: Make, now: datetime) -> None:
    """Its devices hang until every one of the other account's has been read."""
    others_are_read = threading.Event()

    def answer(request: Request) -> Response | None:
        if token(request).startswith("lenta"):
            assert others_are_read.wait(LONG_S)
        elif sum(one.startswith("libre") for one in many.asked) == 30:
            others_are_read.set()
        return None

    many.answer = answer
    slow = make_account("lenta", 20, limits={"concurrency": 2})
    quick = make_account("libre", 30, limits={"concurrency": 4})
    assert collect_due(now) == 50
    assert others_are_read.is_set()
    assert len(stored(*slow, *quick)) == 50


def test_sources_are_claimed_while_others_are_still_asked(many: Many, make_account: Make, now: datetime) -> None:
    """One device of the account hangs until the last of the others was asked: more than are claimed at once."""
    last_is_asked = threading.Event()

    def answer(request: Request) -> Response | None:
        if token(request) == "cuenta-000-secreto":
            assert last_is_asked.wait(LONG_S)
        elif len(many.asked) == 40:
            last_is_asked.set()
        return None

    many.answer = answer
    sources = make_account("cuenta", 40, limits={"concurrency": 2})
    collect_due(now)
    assert last_is_asked.is_set()
    assert len(stored(*sources)) == 40


def test_who_waited_longest_is_asked_first(many: Many, make_account: Make, now: datetime) -> None:
    sources = make_account("cuenta", 12, limits={"concurrency": 1})
    for n, source in enumerate(sources):
        Source.objects.filter(id=source.id).update(next_poll_at=now - n * MINUTE)
    collect_due(now)
    assert many.asked == [f"cuenta-{n:03d}-secreto" for n in reversed(range(12))]


def test_every_source_is_read_once_a_period(many: Many, make_account: Make, now: datetime) -> None:
    make_account("cuenta", 25, period_s=60, phase_s=None)
    for n in range(4):
        many.at = now + n * MINUTE
        collect_due(now + n * MINUTE)
    counts = [many.asked.count(one) for one in set(many.asked)]
    assert (len(counts), min(counts), max(counts)) == (25, 4, 4)


def test_what_falls_due_while_a_round_lasts_is_asked_in_it(many: Many, make_account: Make, now: datetime) -> None:
    _, other = make_account("cuenta", 2)
    Source.objects.filter(id=other.id).update(next_poll_at=now + MINUTE)
    clock = iter([now, *[now + MINUTE] * 1000])
    assert collect_due(now, clock=lambda: next(clock)) == 2


def test_a_round_goes_on_when_all_that_was_claimed_ended_at_once(
    many: Many, make_account: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device hangs until the account had no room in a look at what is due; then all that had it end together."""
    monkeypatch.setattr(collector, "LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr(collector, "GROUP_S", LONG_S)
    had_no_room, looks = threading.Event(), iter(range(1000))
    many.answer = lambda request: _wait(had_no_room)

    def clock() -> datetime:
        if next(looks) > 10:
            had_no_room.set()
        return now

    sources = make_account("cuenta", 12, limits={"concurrency": 1})
    assert collect_due(now, clock=clock) == 12
    assert len(stored(*sources)) == 12


def test_a_round_ends_without_the_slow_and_the_next_one_stores_them(
    many: Many, make_account: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "ROUND_S", 0.3)
    may_answer = threading.Event()
    many.answer = lambda request: _wait(may_answer) if token(request).startswith("lenta") else None
    slow, quick = make_account("lenta", 1), make_account("libre", 3)
    assert collect_due(now) == 3
    assert (stored(*slow), len(stored(*quick))) == (set(), 3)
    # The account stays this process's: another one leaves it alone, and nobody asks the source a second time.
    others = AccountLocks()
    assert others.take([slow[0].provider_id, quick[0].provider_id]) == {quick[0].provider_id}
    others.close()
    may_answer.set()
    assert collect_due(now) == 1
    assert len(stored(*slow)) == 1
    assert sum(one.startswith("lenta") for one in many.asked) == 1


def _wait(event: threading.Event) -> None:
    assert event.wait(LONG_S)


def test_an_account_that_another_process_asks_is_left_to_it(many: Many, make_account: Make, now: datetime) -> None:
    (source,) = make_account("cuenta", 1)
    others = AccountLocks()
    assert others.take([source.provider_id]) == {source.provider_id}
    assert collect_due(now) == 0
    others.leave([source.provider_id])
    assert collect_due(now) == 1
    others.close()


def test_what_a_killed_process_had_leased_is_taken_at_once(many: Many, make_account: Make, now: datetime) -> None:
    (source,) = make_account("cuenta", 1)
    Source.objects.update(leased_until=now + LEASE)
    assert collect_due(now) == 1
    assert len(stored(source)) == 1


def test_a_lock_that_is_held_twice_is_held_once() -> None:
    locks, others, account = AccountLocks(), AccountLocks(), uuid.uuid4()
    assert locks.take([account, account]) == {account}
    assert locks.take([account]) == set()
    locks.leave([account])
    assert others.take([account]) == {account}
    others.leave([account])
    assert locks.take([account]) == {account}
    locks.close()
    others.close()


def test_a_round_under_way_is_not_begun_again(many: Many, make_account: Make, now: datetime) -> None:
    make_account("cuenta", 3)
    seen: list[int] = []

    def clock() -> datetime:
        if not seen:
            seen.append(-1)
            seen[0] = collect_due(now)  # from within: as from another thread
        return now

    assert collect_due(now, clock=clock) == 3
    assert seen == [0]


def poison(monkeypatch: pytest.MonkeyPatch, bad: Source, at: datetime) -> None:
    """That source's reading has no zone: nothing that a table takes."""
    read = asking._read

    async def sometimes(source: Source, *rest: Any) -> Poll:
        if source.id != bad.id:
            return await read(source, *rest)
        reading = Reading("caudal", "1", at.replace(tzinfo=None), "", 0)
        return Poll(readings=[reading], answers=[Answer("GET /", 200, b"{}")])

    monkeypatch.setattr(asking, "_read", sometimes)


def test_a_poll_that_cannot_be_stored_takes_no_other_with_it(
    many: Many, make_account: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *good = make_account("cuenta", 6)
    with monkeypatch.context() as patch:
        poison(patch, bad, now)
        with pytest.raises(TypeError):
            collect_due(now)
    assert len(stored(*good)) == 5
    assert (stored(bad), Attempt.objects.count()) == (set(), 5)
    bad.refresh_from_db()
    assert (bad.next_poll_at, bad.leased_until, bad.state) == (now + LEASE, None, State.ACTIVE)
    collect_due(now + LEASE)
    assert len(stored(bad)) == 1


@pytest.mark.parametrize("surprise", [SystemExit(1), asyncio.CancelledError(), KeyboardInterrupt(), RecursionError()])
def test_an_adapter_that_gives_up_in_any_way_leaves_nothing_in_hand(
    many: Many, make_account: Make, now: datetime, monkeypatch: pytest.MonkeyPatch, surprise: BaseException
) -> None:
    bad, good = make_account("cuenta", 2)
    read = asking._read

    async def sometimes(source: Source, *rest: Any) -> Poll:
        if source.id == bad.id:
            raise surprise
        return await read(source, *rest)

    monkeypatch.setattr(asking, "_read", sometimes)
    assert collect_due(now) == 2
    bad.refresh_from_db()
    assert (bad.last_outcome, bad.leased_until, len(stored(good))) == ("failed:parse", None, 1)


def test_many_polls_are_few_transactions(
    many: Many, make_account: Make, now: datetime, django_assert_max_num_queries: Any
) -> None:
    make_account("cuenta", 60, limits={"concurrency": 50})
    collect_due(now)  # months and connections are made
    many.at = now + HOUR
    with django_assert_max_num_queries(120):
        assert collect_due(now + HOUR) == 60


@pytest.mark.usefixtures("committed")
def test_two_rounds_at_once_ask_everybody_once(many: Many, make_account: Make, now: datetime, settings: Any) -> None:
    """As the sweep and a worker do: a collector each, and the accounts between them."""
    from django.db import connection

    sources = [one for name in ("a", "b", "c", "d") for one in make_account(name, 10, limits={"concurrency": 2})]
    many.pause_s = 0.01
    polled: list[int] = []

    def work() -> None:
        own = collector.Collector(concurrency=10)
        try:
            polled.append(own.round(lambda: now))
        finally:
            own.close()
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(polled) == 40
    assert sorted(many.asked) == sorted({one.secret_params["token"] for one in sources})
    assert max(many.most[name] for name in "abcd") <= 2
    assert len(stored(*sources)) == 40
