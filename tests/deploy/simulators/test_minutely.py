"""A quarter of a million readings that are made when they are read."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from deploy.simulators.minutely import MINUTE_MS, Computed, make_well
from deploy.simulators.scenario import Thing, make_scenario
from deploy.simulators.tracks import Track
from shared.clock import VirtualClock

MANY = 250_000
DEVICE = "8f1d2c30-0000-11f0-8fb8-000000000250"
START = "2023-11-23T00:00:00Z"
THING = {
    "name": "pozo-250",
    "engine": "thingsboard",
    "device": DEVICE,
    "data": {"synthetic": "minutes", "seed": 3, "start": START, "minutes": MANY},
    "keys": {
        "caudal": {"column": "flow"},
        "total": {"column": "total"},
        "pulsos": {"column": "pulses"},
        "nivel": {"column": "level"},
    },
}


def thing(**more: Any) -> Thing:
    return make_scenario({"seed": 7, "things": [THING | more]}).things[0]


def numbers(track: Track, first: int, last: int) -> list[float]:
    return [float(value) for value in track.values[first:last] if isinstance(value, int | float)]


def test_flow_times_time_is_volume_over_days() -> None:
    tracks = thing().tracks
    flows, totals = (numbers(tracks[key], 1000, 1000 + 3 * 1440) for key in ("caudal", "total"))
    for flow, (before, after) in zip(flows[1:], pairwise(totals), strict=True):
        assert after - before == pytest.approx(flow * 0.06, abs=0.0011)
    assert totals[-1] - totals[0] == pytest.approx(sum(flows[1:]) * 0.06, abs=0.002)
    assert min(flows) == 0 < max(flows)


def test_pulses_of_ten_litres_count_the_same_water() -> None:
    tracks = thing().tracks
    pulses, totals = (numbers(tracks[key], 0, MANY) for key in ("pulsos", "total"))
    assert (pulses[-1] - pulses[0]) / 100 == pytest.approx(totals[-1] - totals[0], abs=0.011)


def test_every_five_minutes_are_the_same_minutes() -> None:
    every, fifth = thing().tracks["total"], thing(every_s=300).tracks["total"]
    assert list(fifth.times[:100]) == list(every.times[:500:5])
    assert list(fifth.values[:100]) == list(every.values[:500:5])
    assert len(fifth.times) == len(fifth.values) == MANY / 5


def test_scaled_and_moved() -> None:
    plain, moved = (
        thing(keys={"v": {"column": "total"} | how}).tracks["v"] for how in ({}, {"scale": "1000", "add": "5"})
    )
    assert moved.values[77] == pytest.approx(float(plain.values[77]) * 1000 + 5)


def test_it_is_a_sequence() -> None:
    computed = Computed(5, lambda index: index * 2)
    assert (list(computed), computed[-1], computed[1:3], len(computed)) == ([0, 2, 4, 6, 8], 8, [2, 4], 5)
    with pytest.raises(IndexError):
        computed[5]


def test_each_seed_is_another_well() -> None:
    assert make_well(1) != make_well(2)
    assert make_well(1) == make_well(1)


def test_a_quarter_of_a_million_by_pages(serve: Callable[..., httpx.Client], clock: VirtualClock) -> None:
    user = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
    client = serve(THING, users=[user])
    token = client.post("/api/auth/login", json=user).json()["token"]
    track = thing().tracks["total"]
    start, end, found = track.times[0], track.times[-1] + 1, 0
    for _ in range(20):
        points = client.get(
            f"/api/plugins/telemetry/DEVICE/{DEVICE}/values/timeseries",
            params={"keys": "total", "startTs": start, "endTs": end, "limit": 50_000, "orderBy": "ASC"},
            headers={"X-Authorization": f"Bearer {token}"},
        ).json()["total"]
        found += len(points)
        assert all(after["ts"] - before["ts"] == MINUTE_MS for before, after in pairwise(points))
        start = points[-1]["ts"] + 1
        if len(points) < 50_000:
            break
    now = clock.read().timestamp() * 1000
    assert found == sum(time <= now for time in track.times) > 240_000
