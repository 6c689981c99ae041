"""One key's flood is its own trouble."""

import threading
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from telemetry_service.keys.bucket import Pace
from telemetry_service.keys.errors import TooManyOfKey
from telemetry_service.keys.limiter import Limiter

FLOOD, OTHER = UUID(int=1), UUID(int=2)


@dataclass
class Redis:
    """What Redis says next; None: it is away."""

    says: float | None = None
    asked: list[UUID] = field(default_factory=list)

    def take(self, key_id: UUID, pace: Pace) -> float | None:
        self.asked.append(key_id)
        return self.says


@dataclass
class Time:
    at_s: float = 50.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def away() -> Redis:
    return Redis()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def limiter(away: Redis, time: Time) -> Limiter:
    return Limiter(pace=Pace(rate=2, burst=3), at_once=2, shared=away, monotonic=time)


def push(limiter: Limiter, key: UUID = FLOOD) -> float:
    """0.0 where it was let through, else the seconds to wait."""
    try:
        with limiter.admit(key):
            return 0.0
    except TooManyOfKey as error:
        return error.wait


def test_with_redis_away_each_process_counts_by_itself(limiter: Limiter, time: Time) -> None:
    assert [push(limiter) for _ in range(4)] == [0, 0, 0, 0.5]
    assert push(limiter, OTHER) == 0
    time.at_s += 0.5
    assert [push(limiter), push(limiter)] == [0, 0.5]


def test_what_is_told_to_wait_is_not_asked_about_again(limiter: Limiter, away: Redis, time: Time) -> None:
    away.says = 2.0
    assert push(limiter) == 2.0
    time.at_s += 1.5
    assert push(limiter) == 0.5
    assert push(limiter, OTHER) == 2.0  # the other key is asked about
    assert away.asked == [FLOOD, OTHER]
    time.at_s += 0.5
    away.says = 0.0
    assert push(limiter) == 0


def test_a_key_holds_two_threads_and_no_more(limiter: Limiter) -> None:
    with limiter.admit(FLOOD), limiter.admit(FLOOD):
        assert push(limiter) == 1.0
        assert push(limiter, OTHER) == 0
        with pytest.raises(TooManyOfKey, match="2 envíos en curso"), limiter.admit(FLOOD):
            raise AssertionError("let in")
    assert push(limiter) == 0
    assert limiter._busy == {}


def test_work_that_fails_gives_its_place_back(limiter: Limiter) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limiter.admit(FLOOD):
            _ = 1 / 0
    assert limiter._busy == {}


def test_a_refusal_gives_its_place_back(limiter: Limiter, away: Redis) -> None:
    away.says = 9.0
    assert [push(limiter) for _ in range(5)] == [9.0] * 5
    assert limiter._busy == {}


def test_threads_at_once_never_pass_the_bound(away: Redis) -> None:
    away.says = 0.0
    limiter = Limiter(pace=Pace(1, 1), at_once=2, shared=away)
    full, done, let_in = threading.Barrier(3), threading.Event(), []

    def hold(key: UUID) -> None:
        with limiter.admit(key):
            let_in.append(key)
            full.wait(10)
            done.wait(10)

    holders = [threading.Thread(target=hold, args=(FLOOD,)) for _ in range(2)]
    for one in holders:
        one.start()
    full.wait(10)
    assert [push(limiter) for _ in range(20)] == [1.0] * 20
    assert push(limiter, OTHER) == 0
    done.set()
    for one in holders:
        one.join(10)
    assert let_in == [FLOOD, FLOOD]
    assert push(limiter) == 0


def test_what_it_remembers_is_bounded(limiter: Limiter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telemetry_service.keys.limiter.MOST_REMEMBERED", 10)
    for _ in range(50):
        push(limiter, uuid4())
    assert len(limiter._own) == 10


def test_it_says_what_to_do(limiter: Limiter) -> None:
    for _ in range(3):
        push(limiter)
    with pytest.raises(TooManyOfKey, match="junte las lecturas en menos envíos") as error, limiter.admit(FLOOD):
        raise AssertionError("let in")
    assert (error.value.status, error.value.code, error.value.retry) == (429, "key_too_many", "later")
