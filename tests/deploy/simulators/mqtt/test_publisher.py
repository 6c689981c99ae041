"""The scenario's devices against a real broker: what happened on the clock is published once, in order, in time."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.simulators.mqtt.broker import Broker, free_port, running_broker
from deploy.simulators.mqtt.formats.sparkplug import REBIRTH, Payload
from deploy.simulators.mqtt.link import NotPublished, Where
from deploy.simulators.mqtt.publisher import Publisher, publishing
from deploy.simulators.scenario import BadScenario, Scenario, make_scenario
from shared.clock import VirtualClock

ROOT = Path(__file__).resolve().parents[4]
NOW = datetime(2024, 5, 13, 14, 30, tzinfo=UTC)
HOUR = 3_600_000
LAST = 1_715_608_800_000
WAIT_S = 10.0
DATA = {"synthetic": "pulses", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
KEYS = {"caudal": {"column": "flow", "unit": "l/s"}, "pulsos": {"column": "total"}}


def device(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "engine": "device",
        "device": name,
        "data": DATA,
        "keys": KEYS,
        "mqtt": {"format": "flat"},
    } | more


def scenario(*things: dict[str, Any]) -> Scenario:
    return make_scenario({"seed": 7, "things": list(things)})


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with running_broker() as broker:
        yield broker


@pytest.fixture
def where(broker: Broker) -> Where:
    return Where(broker.host, broker.port)


class Ear:
    """All that is published."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        if broker.username:
            self.client.username_pw_set(broker.username, broker.password)
        ready = threading.Event()
        self.client.on_connect = self._subscribe
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self._hear
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        assert ready.wait(WAIT_S)

    def wait(self, count: int) -> list[tuple[str, bytes]]:
        limit = time.monotonic() + WAIT_S
        while len(self.heard) < count and time.monotonic() < limit:
            time.sleep(0.01)
        return list(self.heard)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _subscribe(self, *_: Any) -> None:
        self.client.subscribe("#", qos=1)

    def _hear(self, _client: Any, _user: Any, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))


@pytest.fixture
def ear(broker: Broker) -> Iterator[Ear]:
    ear = Ear(broker)
    yield ear
    ear.close()


@pytest.fixture
def publish(clock: VirtualClock, where: Where) -> Iterator[Callable[..., Publisher]]:
    made: list[Publisher] = []

    def start(*things: dict[str, Any], **more: Any) -> Publisher:
        made.append(Publisher(scenario(*things), clock.read, where, **more))
        return made[-1]

    yield start
    for publisher in made:
        publisher.close()


Publish = Callable[..., Publisher]


def later(clock: VirtualClock, hours: float) -> None:
    clock.freeze(clock.read() + timedelta(hours=hours))


def test_only_what_happens_from_now_on(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    publisher = publish(device("a"))
    assert publisher.step() == 0
    later(clock, 3)
    assert (publisher.step(), publisher.step()) == (3, 0)
    heard = ear.wait(3)
    assert [topic for topic, _ in heard] == ["telemetry/a/data"] * 3
    assert [json.loads(payload)["ts"] for _, payload in heard] == [LAST + n * HOUR for n in (1, 2, 3)]
    assert set(json.loads(heard[0][1])) == {"caudal", "pulsos", "ts"}


def test_since_then(publish: Publish) -> None:
    assert publish(device("a"), since=NOW - timedelta(hours=10)).step() == 10


def test_devices_without_an_entry_are_silent(publish: Publish) -> None:
    publisher = publish(device("a"), device("b", mqtt={}))
    assert list(publisher.speakers) == ["a"]
    with pytest.raises(BadScenario):
        publish(device("b", mqtt={}))
    with pytest.raises(BadScenario):
        publish(device("b", mqtt={"topic": "x"}))


def test_a_backlog_comes_with_the_link_on_its_own_topic(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    held = {"held": [["2024-05-13T14:40:00Z", "2024-05-13T17:30:00Z"]]}
    publisher = publish(device("77", quirks=held, mqtt={"format": "novus-logbox"}))
    later(clock, 2)
    assert publisher.step() == 0
    later(clock, 2)
    assert publisher.step() == 4
    kinds = [(topic.split("/")[2], json.loads(payload)["timestamp"] * 1000) for topic, payload in ear.wait(4)]
    assert kinds == [
        ("log", LAST + HOUR),
        ("log", LAST + 2 * HOUR),
        ("log", LAST + 3 * HOUR),
        ("status", LAST + 4 * HOUR),
    ]


def test_a_backlog_inside_an_uplink(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    held = {"held": [["2024-05-13T14:40:00Z", "2024-05-13T17:30:00Z"]]}
    publisher = publish(device("24e1", quirks=held, mqtt={"format": "milesight-gw", "options": {"codec": True}}))
    later(clock, 4)
    assert publisher.step() == 2
    first, second = (json.loads(payload) for _, payload in ear.wait(2))
    assert [row["timestamp"] * 1000 for row in first["history"]] == [LAST + HOUR, LAST + 2 * HOUR]
    assert (first["time"], second["time"]) == ("2024-05-13T17:00:00.000Z", "2024-05-13T18:00:00.000Z")
    assert "history" not in second


def test_late_and_duplicated_readings_are_messages_of_their_own(
    publish: Publish, ear: Ear, clock: VirtualClock
) -> None:
    quirks = {"late": {"share": 0.4, "seconds": 4 * 3600}, "duplicates": 0.3}
    publisher = publish(device("a", quirks=quirks))
    for _ in range(48):
        later(clock, 1)
        publisher.step()
    things = scenario(device("a", quirks=quirks)).things
    end = int(clock.read().timestamp() * 1000)
    expected = [at for _, at, _ in things[0].tracks["caudal"].arrivals(int(NOW.timestamp() * 1000) + 1, end + 1)]
    heard = [json.loads(payload)["ts"] for _, payload in ear.wait(len(expected))]
    assert sorted(heard) == sorted(expected)
    assert heard != sorted(heard)
    assert len(heard) > len(set(heard))


def test_a_gateway_tells_of_all_its_devices_at_once(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    entry = {"format": "thingsboard-gateway", "gateway": "gw-1"}
    publisher = publish(device("a", mqtt=entry), device("b", mqtt=entry))
    later(clock, 2)
    assert publisher.step() == 2
    heard = [json.loads(payload) for _, payload in ear.wait(2)]
    assert [sorted(body) for body in heard] == [["a", "b"], ["a", "b"]]


def test_a_broken_connection_leaves_the_last_will_and_loses_nothing(
    publish: Publish, ear: Ear, clock: VirtualClock
) -> None:
    publisher = publish(device("t", mqtt={"format": "thethings", "last_will": True, "options": {"datetime": "none"}}))
    publisher.step()
    publisher.drop("t")
    assert [json.loads(payload)["values"][0]["key"] for _, payload in ear.wait(1)] == ["LWT"]
    later(clock, 2)
    assert publisher.step() == 2
    assert all("datetime" not in row for _, payload in ear.wait(3) for row in json.loads(payload)["values"])


def sparkplug(ear: Ear, count: int) -> list[tuple[str, Any]]:
    return [(topic.split("/")[2], Payload.FromString(payload)) for topic, payload in ear.wait(count)]


def test_sparkplug_is_born_tells_and_dies(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    entry = {"format": "sparkplug-b", "group": "aguas", "edge": "n1"}
    publisher = publish(device("a", mqtt=entry), device("b", mqtt=entry))
    publisher.step()
    later(clock, 1)
    assert publisher.step() == 2
    heard = sparkplug(ear, 5)
    assert [kind for kind, _ in heard] == ["NBIRTH", "DBIRTH", "DBIRTH", "DDATA", "DDATA"]
    assert [payload.seq for _, payload in heard] == [0, 1, 2, 3, 4]
    publisher.drop("b")
    kind, death = sparkplug(ear, 6)[5]
    assert (kind, death.metrics[0].long_value) == ("NDEATH", heard[0][1].metrics[0].long_value)
    publisher.step()
    kind, birth = sparkplug(ear, 9)[6]
    assert (kind, birth.seq, birth.metrics[0].long_value) == ("NBIRTH", 0, death.metrics[0].long_value + 1)


def test_sparkplug_is_born_again_when_it_is_asked(publish: Publish, ear: Ear, clock: VirtualClock) -> None:
    publisher = publish(device("a", mqtt={"format": "sparkplug-b", "group": "aguas", "edge": "n2"}))
    publisher.step()
    assert len(sparkplug(ear, 2)) == 2
    command = Payload()
    command.metrics.add(name=REBIRTH, datatype=11, boolean_value=True)
    ear.client.publish("spBv1.0/aguas/NCMD/n2", command.SerializeToString(), qos=1).wait_for_publish(WAIT_S)
    node = publisher.speakers["aguas-n2"].voice
    assert node.reborn.wait(WAIT_S)  # type: ignore[attr-defined]
    later(clock, 1)
    publisher.step()
    assert [kind for kind, _ in sparkplug(ear, 6)] == ["NBIRTH", "DBIRTH", "NCMD", "NBIRTH", "DBIRTH", "DDATA"]


def test_a_device_has_an_account_of_its_own(clock: VirtualClock) -> None:
    entry = {"format": "thingsboard-device", "username": "access-token-000", "password": "p"}
    with running_broker(username="access-token-000", password="p") as guarded:
        ear = Ear(guarded)
        publisher = Publisher(scenario(device("a", mqtt=entry)), clock.read, Where(guarded.host, guarded.port))
        later(clock, 1)
        assert publisher.step() == 1
        assert ear.wait(1)[0][0] == "v1/devices/me/telemetry"
        publisher.close()
        ear.close()
        stranger = Publisher(scenario(device("a")), clock.read, Where(guarded.host, guarded.port, "no", "no"))
        with pytest.raises(NotPublished):
            stranger.step()
        stranger.close()


def test_a_broker_that_was_away_hears_it_all_later(clock: VirtualClock) -> None:
    port = free_port()
    publisher = Publisher(scenario(device("a")), clock.read, Where("127.0.0.1", port))
    later(clock, 3)
    with pytest.raises(NotPublished):
        publisher.step()
    with running_broker(port=port) as broker:
        ear = Ear(broker)
        assert publisher.step() == 3
        assert len(ear.wait(3)) == 3
        ear.close()
        publisher.close()


def test_a_thread_looks_at_the_clock(where: Where, ear: Ear, clock: VirtualClock) -> None:
    with publishing(scenario(device("a")), clock.read, where):
        later(clock, 3)
        assert len(ear.wait(3)) == 3


def test_a_broker_that_restarts_is_found_again(clock: VirtualClock) -> None:
    port = free_port()
    publisher = Publisher(scenario(device("a")), clock.read, Where("127.0.0.1", port))
    with running_broker(port=port):
        later(clock, 1)
        assert publisher.step() == 1
    later(clock, 1)
    with pytest.raises(NotPublished):
        publisher.step()
    with running_broker(port=port) as broker:
        ear = Ear(broker)
        assert publisher.step() == 1
        assert json.loads(ear.wait(1)[0][1])["ts"] == LAST + 2 * HOUR
        ear.close()
        publisher.close()


def test_the_command_publishes(broker: Broker, ear: Ear, clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"things": [device("a")]}))
    command = [sys.executable, "-m", "deploy.simulators", "mqtt", "--host", broker.host, "--port", str(broker.port)]
    command += ["--scenario", str(path), "--since", "2024-05-13T10:30:00+00:00"]
    environment = {"STACK_CLOCK_FILE": str(clock.path), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        assert [json.loads(payload)["ts"] for _, payload in ear.wait(4)] == [LAST - n * HOUR for n in (3, 2, 1, 0)]
    finally:
        process.terminate()
        process.wait(10)


def test_one_process_answers_and_publishes(broker: Broker, ear: Ear, clock: VirtualClock, tmp_path: Path) -> None:
    path, port = tmp_path / "scenario.json", free_port()
    user = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
    path.write_text(json.dumps({"users": [user], "things": [device("a", engine="thingsboard")]}))
    command = [sys.executable, "-m", "deploy.simulators", "providers", "--port", str(port), "--scenario", str(path)]
    command += ["--mqtt", f"{broker.host}:{broker.port}"]
    process = subprocess.Popen(command, cwd=ROOT, env={"STACK_CLOCK_FILE": str(clock.path), "PYTHONPATH": str(ROOT)})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            limit = time.monotonic() + WAIT_S
            while not _answers(client):
                assert time.monotonic() < limit
                time.sleep(0.05)
            later(clock, 1)
            published = json.loads(ear.wait(1)[0][1])
            held = client.get("/_sim/readings", params={"thing": "a"}).json()
        assert held["pulsos"][-1] == [published["ts"], published["pulsos"]] == [LAST + HOUR, published["pulsos"]]
    finally:
        process.terminate()
        process.wait(10)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/_sim/stats").status_code == 200
    except httpx.ConnectError:
        return False


def test_the_command_runs_a_broker() -> None:
    port = free_port()
    command = [sys.executable, "-m", "deploy.simulators", "broker", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert f"127.0.0.1:{port}" in process.stdout.readline()
        Ear(Broker("127.0.0.1", port, "")).close()
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
    with socket.socket() as probe:  # the broker is gone with its command
        assert probe.connect_ex(("127.0.0.1", port)) != 0
