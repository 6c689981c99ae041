"""Places and rates: bounded for each account and over all, and nobody is held up by another's slowness."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest

from telemetry_service.providers.turns import Bucket, Gate, Turns


class Room:
    """Counts who is inside, and the most that ever were."""

    def __init__(self) -> None:
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.order: list[str] = []

    async def visit(self, turns: Turns, name: str, leave: Awaitable[object] | None = None) -> None:
        async with turns.one():
            self.order.append(name)
            for who in (name, "all"):
                self.inside[who] += 1
                self.most[who] = max(self.most[who], self.inside[who])
            await (leave or asyncio.sleep(0))
            for who in (name, "all"):
                self.inside[who] -= 1


def turns(gate: Gate, concurrency: int, per_second: float = 1e6) -> Turns:
    return Turns(gate, per_second=per_second, concurrency=concurrency)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_places_are_bounded_for_an_account_and_over_all() -> None:
    async def scene() -> Room:
        room, gate = Room(), Gate(5)
        accounts = {name: turns(gate, 3) for name in "abc"}
        await asyncio.gather(*(room.visit(accounts[name], name) for name in "abc" for _ in range(20)))
        return room

    room = asyncio.run(scene())
    assert len(room.order) == 60
    assert room.most["all"] == 5
    assert max(room.most[name] for name in "abc") == 3


def test_who_has_the_fewest_inside_goes_first() -> None:
    """A single device comes in at the first free place, however long the line of the slow account is."""

    async def scene() -> list[str]:
        room, gate = Room(), Gate(2)
        slow, quick = turns(gate, 50), turns(gate, 50)
        leave = [asyncio.get_running_loop().create_future() for _ in range(10)]
        visits = [asyncio.create_task(room.visit(slow, "slow", one)) for one in leave]
        await settle()
        visits.append(asyncio.create_task(room.visit(quick, "quick")))
        await settle()
        assert room.order == ["slow", "slow"]
        leave[0].set_result(None)
        await settle()
        assert room.order[:3] == ["slow", "slow", "quick"]
        for one in leave[1:]:
            one.set_result(None)
        await asyncio.gather(*visits)
        return room.order

    assert len(asyncio.run(scene())) == 11


def test_who_waits_for_his_own_limit_takes_no_common_place() -> None:
    async def scene() -> list[str]:
        room, gate = Room(), Gate(1)
        leave = asyncio.get_running_loop().create_future()

        async def stand(seconds: float) -> None:
            await leave

        slow = Turns(gate, per_second=1, concurrency=5, pause=stand)
        await room.visit(slow, "slow")
        waiting = asyncio.create_task(room.visit(slow, "slow"))  # its second of this second
        await settle()
        await asyncio.gather(*(room.visit(turns(gate, 1), "quick") for _ in range(3)))
        order = list(room.order)
        leave.set_result(None)
        await waiting
        return order

    assert asyncio.run(scene()) == ["slow", "quick", "quick", "quick"]


@pytest.mark.parametrize("let_in", [False, True])
def test_a_place_is_not_lost_by_who_is_called_off_in_the_line(let_in: bool) -> None:
    async def scene() -> Room:
        room, gate = Room(), Gate(1)
        one, other = turns(gate, 9), turns(gate, 9)
        leave = asyncio.get_running_loop().create_future()
        first = asyncio.create_task(room.visit(one, "first", leave))
        await settle()
        called_off = asyncio.create_task(room.visit(other, "called off"))
        await settle()
        if let_in:
            leave.set_result(None)
            await asyncio.sleep(0)  # the place is given in this very turn of the loop
        called_off.cancel()
        if not let_in:
            leave.set_result(None)
        await asyncio.gather(first, called_off, return_exceptions=True)
        await asyncio.wait_for(room.visit(one, "last"), 1)
        return room

    assert asyncio.run(scene()).order[-1] == "last"


def test_a_rate_is_an_average_with_a_seconds_worth_at_once() -> None:
    bucket = Bucket(10)
    waits = [bucket.wait_s() for _ in range(30)]
    assert waits[:10] == [0.0] * 10
    assert waits[10:] == sorted(waits[10:])
    assert 1.8 < waits[-1] <= 2.0


def test_a_rate_below_one_lets_one_through() -> None:
    bucket = Bucket(0.5)
    assert bucket.wait_s() == 0
    assert 1.9 < bucket.wait_s() <= 2.0
