"""What is odd about a device shows in what its provider has, and when."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from deploy.simulators.scenario import BadScenario, make_scenario
from deploy.simulators.times import FOREVER, read_ms
from deploy.simulators.tracks import Point, Track

HOUR = 3_600_000
START = "2024-03-01T00:00:00Z"
BEGAN = read_ms(START)
HOURS = 1000
LATER = BEGAN + 10 * HOURS * HOUR


def tracks(quirks: dict[str, Any] | None = None, seed: int = 7, **keys: Any) -> dict[str, Track]:
    body = {
        "name": "pozo-1",
        "engine": "thingsboard",
        "data": {"synthetic": "cubic_metres", "seed": 1, "start": START, "hours": HOURS},
        "keys": keys or {"total": {"column": "total"}, "caudal": {"column": "flow"}},
        "quirks": quirks or {},
    }
    return dict(make_scenario({"seed": seed, "things": [body]}).things[0].tracks)


def at(hour: float) -> str:
    return datetime.fromtimestamp((BEGAN + hour * HOUR) / 1000, UTC).isoformat()


def every(track: Track, now: int = LATER) -> list[Point]:
    return track.between(-FOREVER, FOREVER, now)


CLEAN = tracks()


def test_a_plain_device_tells_each_hour_in_time() -> None:
    assert [time for time, _ in every(CLEAN["total"])] == [BEGAN + hour * HOUR for hour in range(HOURS)]
    assert CLEAN["total"].latest(BEGAN + 5 * HOUR - 1) == every(CLEAN["total"])[4]


def test_a_silent_device_makes_nothing() -> None:
    odd = tracks({"silent": [[at(10), at(20)], [at(900), None]]})["total"]
    clean = every(CLEAN["total"])
    assert every(odd) == clean[:10] + clean[20:900]
    assert odd.latest(LATER) == clean[899]


def test_a_held_reading_comes_with_the_link() -> None:
    odd = tracks({"held": [[at(10), at(20)]]})["total"]
    clean = every(CLEAN["total"])
    assert every(odd, BEGAN + 19 * HOUR) == clean[:10]
    assert every(odd, BEGAN + 20 * HOUR) == clean[:21]
    assert every(odd) == clean


def test_a_stuck_sensor_repeats_itself_and_goes_on() -> None:
    odd = every(tracks({"stuck": [[at(10), at(20)]]})["total"])
    clean = every(CLEAN["total"])
    assert [time for time, _ in odd] == [time for time, _ in clean]
    assert {value for _, value in odd[9:20]} == {clean[9][1]}
    assert odd[20:] == clean[20:]


@pytest.mark.parametrize("seconds", [7200, -10_800, 10 * 366 * 86_400])
def test_a_clock_that_is_wrong_shifts_the_device_time_alone(seconds: int) -> None:
    odd = tracks({"clock": [{"seconds": seconds}]})["total"]
    now = BEGAN + 100 * HOUR
    shifted = [(time + seconds * 1000, value) for time, value in every(CLEAN["total"], now)]
    assert every(odd, now) == shifted
    assert odd.latest(now) == shifted[-1]


def test_a_clock_that_was_wrong_for_a_while() -> None:
    odd = every(tracks({"clock": [{"from": at(10), "to": at(20), "seconds": 1800}]})["total"])
    assert [time % HOUR for time, _ in odd].count(1_800_000) == 10
    assert len(odd) == HOURS


def test_late_readings_come_out_of_order_and_none_is_lost() -> None:
    odd = tracks({"late": {"share": 0.3, "seconds": 5 * 3600}})
    came = [time for _, time, _ in odd["total"].arrivals(0, LATER)]
    late = sum(seen > time for time, seen in zip(odd["total"].times, odd["total"].seen or (), strict=True))
    assert 0.25 * HOURS < late < 0.35 * HOURS
    assert any(before > after for before, after in pairwise(came))
    assert every(odd["total"]) == every(CLEAN["total"])
    # One message holds all keys of a reading: they share its fate.
    assert odd["total"].seen == odd["caudal"].seen


def test_late_by_exactly_so_much() -> None:
    odd = tracks({"late": {"share": 1, "seconds": 600, "exactly": True}})["total"]
    assert [seen - time for time, seen in zip(odd.times, odd.seen or (), strict=True)] == [600_000] * HOURS


def test_duplicates_are_the_same_reading_again() -> None:
    odd = every(tracks({"duplicates": 0.1})["total"])
    assert 1.07 * HOURS < len(odd) < 1.13 * HOURS
    assert sorted(set(odd)) == every(CLEAN["total"])


def test_status_codes_stand_in_the_place_of_values() -> None:
    quirk = {"share": 0.1, "codes": [-2, -5, -3200], "keys": ["caudal"]}
    odd = tracks({"status_codes": quirk})
    codes = [value for _, value in every(odd["caudal"]) if isinstance(value, int | float) and value < 0]
    assert set(codes) == {-2, -5, -3200}
    assert 0.07 * HOURS < len(codes) < 0.13 * HOURS
    assert every(odd["total"]) == every(CLEAN["total"])


def test_a_provider_that_keeps_ten_days() -> None:
    odd = tracks({"kept_days": 10})["total"]
    now = BEGAN + 500 * HOUR
    assert every(odd, now) == every(CLEAN["total"], now)[-241:]


def test_the_seed_decides() -> None:
    quirk = {"late": {"share": 0.3, "seconds": 3600}, "duplicates": 0.1}
    assert tracks(quirk) == tracks(quirk)
    assert tracks(quirk) != tracks(quirk, seed=8)


def test_a_totaliser_over_two_to_the_31() -> None:
    odd = every(tracks(total={"column": "total", "scale": "1000", "add": "2147480000"})["total"])
    clean = every(CLEAN["total"])
    assert odd[-1][1] == round(clean[-1][1] * 1000) + 2_147_480_000 > 2**31


def test_a_counter_begins_again() -> None:
    odd = every(tracks(total={"column": "total", "reset_at": at(100)})["total"])
    clean = [float(value) for _, value in every(CLEAN["total"])]
    values = [float(value) for _, value in odd]
    assert values[:100] == clean[:100]
    assert values[100:] == pytest.approx([value - clean[99] for value in clean[100:]])
    assert values[100] < 100


def test_a_forced_value() -> None:
    odd = every(tracks(total={"column": "total", "forced": [{"from": at(10), "to": at(12), "value": 0}]})["total"])
    clean = every(CLEAN["total"])
    assert [value for _, value in odd[9:13]] == [clean[9][1], 0, 0, clean[12][1]]


@pytest.mark.parametrize(("shape", "kind"), [("string", str), ("object", dict), ("bool", bool)])
def test_shapes_of_a_value(shape: str, kind: type) -> None:
    assert {type(value) for _, value in every(tracks(v={"column": "flow", "shape": shape})["v"])} == {kind}


def test_battery_and_signal_of_any_device() -> None:
    found = tracks(bateria={"column": "battery"}, rssi={"column": "signal"})
    battery, signal = ([value for _, value in every(found[key])] for key in ("bateria", "rssi"))
    assert 20 <= min(battery) < max(battery) <= 100
    assert -100 <= min(signal) < max(signal) <= -60


@pytest.mark.parametrize(
    "quirks",
    [
        {"sad": 1},
        {"silent": [["ayer", None]]},
        {"silent": [["2024-03-01T00:00:00", None]]},
        {"late": {"often": 1}},
        {"clock": [{"from": at(1)}]},
        {"status_codes": {"share": 1}},
    ],
)
def test_a_quirk_that_cannot_be_read(quirks: dict[str, Any]) -> None:
    with pytest.raises(BadScenario):
        tracks(quirks)


@pytest.mark.parametrize(
    "key", [{"colum": "total"}, {"column": "total", "scale": "x"}, {"column": "x"}, {"column": "flow", "shape": "x"}]
)
def test_a_key_that_cannot_be_read(key: dict[str, Any]) -> None:
    with pytest.raises(BadScenario):
        tracks(v=key)
