"""The bucket's rule, here and in Redis."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.keys.bucket import SCRIPT, Pace, take
from telemetry_service.keys.shared_bucket import SharedBuckets

PACE = Pace(rate=10, burst=3)
# Seconds between requests.
PAUSES = st.lists(st.floats(min_value=0, max_value=2, allow_nan=False), min_size=1, max_size=60)


def test_a_burst_then_the_rate() -> None:
    empty_at = 0.0
    waits = []
    for at in (0, 0, 0, 0, 0.05, 0.1, 0.1, 0.5):
        empty_at, wait = take(empty_at, pace=PACE, now_s=at)
        waits.append(round(wait, 6))
    assert waits == [0, 0, 0, 0.1, 0.05, 0, 0.1, 0]


@given(PAUSES, st.integers(1, 20), st.floats(0.5, 50))
def test_never_more_than_the_rate_and_the_burst_let_through(pauses: list[float], burst: int, rate: float) -> None:
    pace, at, empty_at, passed = Pace(rate, burst), 0.0, 0.0, []
    for pause in pauses:
        at += pause
        empty_at, wait = take(empty_at, pace=pace, now_s=at)
        if not wait:
            passed.append(at)
    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + rate * (passed[last] - begin) + 1e-6


@given(PAUSES, st.integers(1, 20), st.floats(0.5, 50))
def test_whoever_waits_what_it_was_told_gets_through(pauses: list[float], burst: int, rate: float) -> None:
    pace, at, empty_at = Pace(rate, burst), 0.0, 0.0
    for pause in pauses:
        at += pause
        empty_at, wait = take(empty_at, pace=pace, now_s=at)
        if wait:
            at += wait
            empty_at, wait = take(empty_at, pace=pace, now_s=at)
            assert wait == 0


@pytest.fixture
def server() -> Iterator["redis.Redis[bytes]"]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    yield client
    client.close()


def test_redis_counts_for_all_processes(server: "redis.Redis[bytes]") -> None:
    one, other = SharedBuckets(settings.REDIS_URL), SharedBuckets(settings.REDIS_URL)
    key, slow = uuid4(), Pace(rate=0.01, burst=3)
    assert [buckets.take(key, slow) for buckets in (one, other, one)] == [0, 0, 0]
    wait = other.take(key, slow)
    assert wait is not None
    assert 90 < wait <= 100
    assert one.take(uuid4(), slow) == 0  # another key is another bucket
    assert 0 < server.pttl(f"api-key:{key}") <= 400_000  # it goes by itself


def test_redis_follows_the_same_rule(server: "redis.Redis[bytes]") -> None:
    """The script with its clock given, against `take`, over one made-up morning."""
    script = server.register_script(
        SCRIPT.replace("local time = redis.call('TIME')\n", "").replace(
            "tonumber(time[1]) + tonumber(time[2]) / 1000000", "tonumber(ARGV[3])"
        )
    )
    key, empty_at, now = f"api-key:{uuid4()}", 0.0, 1_700_000_000.0
    for pause in [0, 0, 0, 0, 0.05, 0.05, 0.1, 0.4, 0, 0, 0, 0, 0.3, 0.01, 5, 0, 0, 0, 0]:
        now += pause
        empty_at, wait = take(empty_at, pace=PACE, now_s=now)
        said = float(script(keys=[key], args=[PACE.interval_s, PACE.burst, now]))
        assert said == pytest.approx(wait, abs=2e-6)


def test_some_are_taken_ahead_and_those_that_are_not_used_are_lost(server: "redis.Redis[bytes]") -> None:
    at, key, pace = 100.0, uuid4(), Pace(rate=0.01, burst=24)
    one, other = (SharedBuckets(settings.REDIS_URL, monotonic=lambda: at) for _ in range(2))

    def taken() -> int:
        """Of the shared bucket, of which next to nothing runs out meanwhile."""
        seconds, micros = server.time()
        return round((float(server.get(f"api-key:{key}") or 0) - seconds - micros / 1e6) / pace.interval_s)

    assert (one.take(key, pace), taken()) == (0, 2)
    assert (one.take(key, pace), taken()) == (0, 2)
    assert (one.take(key, pace), taken()) == (0, 4)
    at += 1.0
    assert (one.take(key, pace), taken()) == (0, 6)
    assert [other.take(key, pace) for _ in range(18)] == [0] * 18
    assert taken() == 24
    assert other.take(key, pace)
    assert (one.take(key, pace), taken()) == (0, 24)  # which it had taken ahead
    assert one.take(key, pace)


def test_with_redis_away_nobody_waits_for_it() -> None:
    at = 100.0
    buckets = SharedBuckets("redis://127.0.0.1:1/0", monotonic=lambda: at)
    assert buckets.take(uuid4(), PACE) is None
    # It is not asked again for five seconds; then a server that came back is found.
    buckets._redis = redis.Redis.from_url(settings.REDIS_URL)
    buckets._script = buckets._redis.register_script(SCRIPT)
    assert buckets.take(uuid4(), PACE) is None
    at += 5
    assert buckets.take(uuid4(), PACE) == 0
