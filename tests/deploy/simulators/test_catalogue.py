"""The packaged catalogue holds a device for each thing that one can do, and each can be asked."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from deploy.simulators.mqtt.broker import running_broker
from deploy.simulators.mqtt.encoders import FORMATS
from deploy.simulators.mqtt.link import Where
from deploy.simulators.mqtt.publisher import Publisher
from deploy.simulators.providers.app import providers
from deploy.simulators.quirks import Quirks
from deploy.simulators.scenario import SCENARIOS, Scenario, Thing, read_scenario
from deploy.simulators.times import read_ms
from deploy.simulators.tracks import Track
from deploy.simulators.web import running
from shared.clock import VirtualClock

HOUR = 3_600_000
LATER = read_ms("2024-11-01T00:00:00Z")


@pytest.fixture(scope="module")
def catalogue() -> Scenario:
    return read_scenario("catalogue")


@pytest.fixture
def cloud(catalogue: Scenario, clock: VirtualClock) -> Iterator[httpx.Client]:
    with running(providers(catalogue, clock.read)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def named(catalogue: Scenario, name: str) -> Thing:
    return next(thing for thing in catalogue.things if thing.name == name)


def total(catalogue: Scenario, name: str) -> Track:
    tracks = named(catalogue, name).tracks
    return next(tracks[key] for key in ("5003", "totalizado", "pulsos", "total") if key in tracks)


def times(track: Track, start: str, end: str) -> list[int]:
    return [time for time, _ in track.between(read_ms(start), read_ms(end), LATER)]


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.json")), ids=lambda path: path.stem)
def test_packaged_scenarios_can_be_read(path: Any) -> None:
    by_name, by_path = (read_scenario(named) for named in (path.stem, path))
    assert [thing.name for thing in by_name.things] == [thing.name for thing in by_path.things] != []


def test_it_shows_every_quirk_and_every_format(catalogue: Scenario) -> None:
    rows = catalogue.body["things"]
    quirks = {name for row in rows for name in row.get("quirks", {})}
    assert quirks == {field.name for field in dataclasses.fields(Quirks)} - {"seed", "shifts"} | {"clock"}
    assert {row["mqtt"]["format"] for row in rows if "mqtt" in row} == set(FORMATS)
    keys = {name for row in rows for spec in row["keys"].values() for name in spec}
    assert keys == {"column", "unit", "scale", "add", "shape", "reset_at", "forced"}


def test_no_two_things_answer_to_one_name(catalogue: Scenario) -> None:
    for name in ("name", "token"):
        seen = Counter(getattr(thing, name) for thing in catalogue.things)
        assert not [value for value, count in seen.items() if value and count > 1]


def test_each_device_of_a_cloud_has_a_reading_of_its_provider(cloud: httpx.Client, catalogue: Scenario) -> None:
    user = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
    bearer = {"X-Authorization": f"Bearer {cloud.post('/api/auth/login', json=user).json()['token']}"}
    asked = 0
    for thing in catalogue.things:
        key = next(iter(thing.tracks))
        if thing.engine == "thingsboard":
            path = f"/api/plugins/telemetry/{thing.entity}/{thing.device}/values/timeseries"
            body = cloud.get(path, headers=bearer, params={"keys": key}).json()[key]
        elif thing.engine == "tagoio":
            query = {"variable": key, "query": "last_value"}
            body = cloud.get("/data", headers={"Device-Token": thing.token}, params=query).json()["result"]
        elif thing.engine == "thethings":
            body = cloud.get(f"/v2/things/{thing.token}/resources/{key}", params={"limit": 1}).json()
        else:
            continue
        assert body[0]["value"] is not None
        asked += 1
    assert asked > 15


@pytest.mark.parametrize(
    ("start", "end"),
    [("2024-04-06T00:00:00Z", "2024-04-08T00:00:00Z"), ("2024-09-07T00:00:00Z", "2024-09-09T00:00:00Z")],
)
def test_the_nights_in_which_chiles_clocks_change_have_all_their_hours(
    catalogue: Scenario, start: str, end: str
) -> None:
    for name in ("limpio", "tago-limpio", "things-limpio"):
        found = times(total(catalogue, name), start, end)
        assert [after - before for before, after in pairwise(found)] == [HOUR] * 47


def test_a_device_that_tells_local_time_says_an_hour_twice_and_leaves_one_out(catalogue: Scenario) -> None:
    local = total(catalogue, "hora-local")
    autumn = times(local, "2024-04-06T20:00:00Z", "2024-04-07T02:00:00Z")
    assert [after - before for before, after in pairwise(autumn)] == [HOUR, HOUR, HOUR, 0, HOUR, HOUR]
    spring = times(local, "2024-09-07T22:00:00Z", "2024-09-08T03:00:00Z")
    assert [after - before for before, after in pairwise(spring)] == [HOUR, 2 * HOUR, HOUR]


def test_a_clock_that_was_ten_years_ahead(catalogue: Scenario, clock: VirtualClock) -> None:
    track = total(catalogue, "futuro")
    latest = track.latest(int(clock.read().timestamp() * 1000))
    assert latest is not None
    assert datetime.fromtimestamp(latest[0] / 1000, tz=clock.read().tzinfo).year == 2034


def test_all_formats_are_published_by_one_process(catalogue: Scenario, clock: VirtualClock) -> None:
    with running_broker() as broker:
        publisher = Publisher(catalogue, clock.read, Where(broker.host, broker.port))
        # Half past the hour: born, and nothing to tell yet.
        assert publisher.step() == 0
        clock.freeze(clock.read() + timedelta(hours=1))
        things = [thing for thing in catalogue.things if thing.mqtt]
        shared = 1  # the two devices of a gateway share a message
        assert publisher.step() == len(things) - shared
        publisher.close()
