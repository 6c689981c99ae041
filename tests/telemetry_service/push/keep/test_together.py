"""Whoever finds nobody at work keeps what has come: each push has its outcome, none is kept twice or waits for ever."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from telemetry_service.push.keep import together as module
from telemetry_service.push.keep.push import Push
from telemetry_service.push.keep.together import Together
from telemetry_service.push.read.said import Faults, said

WAIT_S = 30


def push(key: int, rows: int = 1) -> Push:
    empty = said([("s", "k", "")] * rows, [0.0] * rows, [b"1"] * rows, [""] * rows, Faults())
    assert isinstance(empty.times, np.ndarray)
    arrival: Any = None
    return Push(UUID(int=key), "", b"", b"", empty, arrival)


class Keeper:
    """Keeps nothing, and says what it was given together. `gate`: the first one waits for it."""

    def __init__(self) -> None:
        self.batches: list[list[Push]] = []
        self.gate, self.at_work = threading.Event(), threading.Event()
        self.inside = 0

    def __call__(self, pushes: Sequence[Push]) -> None:
        self.inside += 1
        assert self.inside == 1
        self.batches.append(list(pushes))
        self.at_work.set()
        assert self.gate.wait(WAIT_S)
        for one in pushes:
            one.outcome = b"kept"
        self.inside -= 1


def wait_for(together: Together, count: int) -> None:
    tick = threading.Event()
    for _ in range(WAIT_S * 100):
        with together._lock:
            if sum(len(queue) for queue in together._waiting.values()) == count:
                return
        tick.wait(0.01)
    raise TimeoutError("they did not come")


def behind_one(pushes: Sequence[Push]) -> list[list[Push]]:
    """What is kept together of pushes that come, in this order, while another is kept."""
    keeper = Keeper()
    together = Together(keeper)
    with ThreadPoolExecutor(len(pushes) + 1) as pool:
        first = pool.submit(together.submit, push(99))
        assert keeper.at_work.wait(WAIT_S)
        waiting = []
        for count, one in enumerate(pushes, 1):
            waiting.append(pool.submit(together.submit, one))
            wait_for(together, count)
        keeper.gate.set()
        for done in [first, *waiting]:
            done.result(WAIT_S)
    assert all(one.outcome == b"kept" for one in pushes)
    return keeper.batches[1:]


def test_one_alone_waits_for_nobody() -> None:
    keeper = Keeper()
    keeper.gate.set()
    one = push(1)
    Together(keeper).submit(one)
    assert (one.outcome, keeper.batches) == (b"kept", [[one]])


def test_what_came_meanwhile_is_kept_together() -> None:
    pushes = [push(n) for n in range(1, 11)]
    assert behind_one(pushes) == [pushes]


def test_keys_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PUSHES", 3)
    flood, other = [push(1) for _ in range(5)], push(2)
    batches = behind_one([*flood, other])
    assert other in batches[0]
    assert [len(batch) for batch in batches] == [3, 3]


def test_a_transaction_has_no_more_rows_than_one_push_may_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    pushes = [push(n, rows=4) for n in range(1, 6)]
    assert [len(batch) for batch in behind_one(pushes)] == [2, 2, 1]
    assert behind_one([large := push(1, rows=50), small := push(2)]) == [[large], [small]]


def test_a_keeper_that_breaks_leaves_nobody_waiting() -> None:
    def broken(pushes: Sequence[Push]) -> None:
        raise SystemExit

    together = Together(broken)
    for _ in range(2):
        with pytest.raises(SystemExit):
            together.submit(push(1))


def test_many_threads_and_every_push_is_kept_once() -> None:
    kept: list[Push] = []

    def keep(pushes: Sequence[Push]) -> None:
        kept.extend(pushes)
        for one in pushes:
            one.outcome = b"kept"

    together = Together(keep)
    pushes = [push(n % 7) for n in range(600)]
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(together.submit, pushes))
    assert len(kept) == len(set(map(id, kept))) == 600
    assert all(one.outcome == b"kept" for one in pushes)
    assert not together._waiting
    assert not together._is_busy
