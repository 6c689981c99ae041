"""The WebSocket of Nettra's ThingsBoard, with a client that is not ours to change."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from simple_websocket import Client, ConnectionClosed

from shared.clock import VirtualClock

USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
DATA = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
KEYS = {"nivel": {"column": "level"}, "total": {"column": "total"}, "puerta": {"column": "flow", "shape": "bool"}}
LAST = 1_715_608_800_000  # 14:00, half an hour before the clock
HOUR = 3_600_000
WAIT_S = 5.0


def asset(number: int, **more: Any) -> dict[str, Any]:
    name, device = f"Pozo {number}", f"8f1d2c30-0000-11f0-8fb8-00000000000{number}"
    return {"name": name, "engine": "thingsboard", "device": device, "entity": "ASSET", "kind": "Pozo"} | {
        "data": DATA,
        "keys": KEYS,
        **more,
    }


@pytest.fixture
def cloud(serve: Callable[..., httpx.Client]) -> httpx.Client:
    pump = asset(3, kind="Bomba", name="Bomba")
    empty = asset(4, name="Pozo seco", quirks={"silent": [[None, None]]})
    return serve(asset(2), asset(1), pump, empty, users=[USER])


@contextmanager
def connected(cloud: httpx.Client, path: str = "/api/ws") -> Iterator[Client]:
    client = Client.connect(str(cloud.base_url.copy_with(scheme="ws")).rstrip("/") + path)
    try:
        yield client
    finally:
        if client.connected:
            client.close()
        client.thread.join(WAIT_S)


def token(cloud: httpx.Client) -> str:
    return str(cloud.post("/api/auth/login", json=USER).json()["token"])


def hello(cloud: httpx.Client) -> dict[str, Any]:
    return {"authCmd": {"cmdId": 0, "token": token(cloud)}}


def query(
    number: int = 1, keys: tuple[str, ...] = ("nivel",), page: dict[str, Any] | None = None, **filters: Any
) -> Any:
    entities = {"type": "assetType", "resolveMultiple": True, "assetTypes": ["Pozo"], "assetNameFilter": ""} | filters
    link = {"page": 0, "pageSize": 100, "textSearch": None, "dynamic": True} | (page or {})
    sort = {"sortOrder": {"key": {"key": "name", "type": "ENTITY_FIELD"}, "direction": "ASC"}}
    command = {
        "cmdId": number,
        "type": "ENTITY_DATA",
        "query": {
            "entityFilter": entities,
            "pageLink": sort | link,
            "entityFields": [{"type": "ENTITY_FIELD", "key": "name"}],
            "latestValues": [{"type": "TIME_SERIES", "key": key} for key in keys],
        },
    }
    return {"cmds": [command]}


def say(client: Client, *messages: Any) -> None:
    for message in messages:
        client.send(json.dumps(message))


def hear(client: Client) -> dict[str, Any]:
    text = client.receive(timeout=WAIT_S)
    assert text is not None
    return dict(json.loads(text))


def names(frame: dict[str, Any]) -> list[str]:
    return [row["latest"]["ENTITY_FIELD"]["name"]["value"] for row in frame["data"]["data"]]


def test_the_first_answer_holds_the_entities_and_their_latest(cloud: httpx.Client) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), query())
        frame = hear(client)
    assert (frame["cmdId"], frame["errorCode"], frame["data"]["hasNext"]) == (1, 0, False)
    assert names(frame) == ["Pozo 1", "Pozo 2", "Pozo seco"]
    first, _, dry = frame["data"]["data"]
    assert first["entityId"] == {"entityType": "ASSET", "id": "8f1d2c30-0000-11f0-8fb8-000000000001"}
    assert first["latest"]["TIME_SERIES"]["nivel"]["ts"] == LAST
    assert isinstance(first["latest"]["TIME_SERIES"]["nivel"]["value"], str)
    # What has no value is told as an empty text of the year 1970.
    assert dry["latest"]["TIME_SERIES"]["nivel"] == {"ts": 0, "value": ""}


def test_each_new_reading_on_the_clock_is_pushed(cloud: httpx.Client, clock: VirtualClock) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), query(keys=("nivel", "total")))
        hear(client)
        clock.freeze(clock.read() + timedelta(hours=2))
        frames = [hear(client) for _ in range(8)]
    assert {(frame["cmdId"], frame["data"]) for frame in frames} == {(1, None)}
    updates = [frame["update"][0] for frame in frames]
    seen = {(u["entityId"]["id"][-1], key, p["ts"]) for u in updates for key, p in u["latest"]["TIME_SERIES"].items()}
    assert seen == {(n, key, LAST + h * HOUR) for n in "12" for key in ("nivel", "total") for h in (1, 2)}
    times = [point["ts"] for update in updates for point in update["latest"]["TIME_SERIES"].values()]
    assert times == sorted(times)


def test_nothing_new_is_nothing_pushed(cloud: httpx.Client, clock: VirtualClock) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), query())
        hear(client)
        clock.freeze(clock.read() + timedelta(minutes=20))
        assert client.receive(timeout=0.3) is None


def test_a_subscription_ends_when_it_is_told(cloud: httpx.Client, clock: VirtualClock) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), query(1), query(2, keys=("total",)))
        assert [hear(client)["cmdId"], hear(client)["cmdId"]] == [1, 2]
        say(client, {"cmds": [{"cmdId": 1, "type": "ENTITY_DATA_UNSUBSCRIBE"}]}, query(3, keys=()))
        assert hear(client)["cmdId"] == 3
        clock.freeze(clock.read() + timedelta(hours=1))
        assert {hear(client)["cmdId"] for _ in range(2)} == {2}


def test_commands_may_come_with_the_authentication(cloud: httpx.Client) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud) | query())
        assert hear(client)["cmdId"] == 1


def test_pages(cloud: httpx.Client) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), *(query(n, page={"page": n, "pageSize": 2}) for n in (0, 1)))
        first, second = hear(client), hear(client)
    assert (names(first), first["data"]["hasNext"]) == (["Pozo 1", "Pozo 2"], True)
    assert (names(second), second["data"]["hasNext"]) == (["Pozo seco"], False)


@pytest.mark.parametrize(
    ("filters", "page", "found"),
    [
        ({"assetTypes": ["Bomba"]}, {}, ["Bomba"]),
        ({"assetNameFilter": "Pozo s"}, {}, ["Pozo seco"]),
        ({}, {"textSearch": "SECO"}, ["Pozo seco"]),
        ({}, {"sortOrder": {"direction": "DESC"}}, ["Pozo seco", "Pozo 2", "Pozo 1"]),
        ({"type": "deviceType", "deviceTypes": ["Pozo"]}, {}, []),
        (
            {"type": "entityList", "entityType": "ASSET", "entityList": ["8f1d2c30-0000-11f0-8fb8-000000000003"]},
            {},
            ["Bomba"],
        ),
        (
            {
                "type": "singleEntity",
                "singleEntity": {"entityType": "ASSET", "id": "8f1d2c30-0000-11f0-8fb8-000000000002"},
            },
            {},
            ["Pozo 2"],
        ),
    ],
)
def test_filters(cloud: httpx.Client, filters: dict[str, Any], page: dict[str, Any], found: list[str]) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), query(page=page, **filters))
        assert names(hear(client)) == found


@pytest.mark.parametrize(
    "command",
    [
        {"cmdId": 5, "type": "ALARM_DATA"},
        {"cmdId": 5, "type": "ENTITY_DATA"},
        {"cmdId": 5, "type": "ENTITY_DATA", "query": {"entityFilter": {"type": "apiUsageState"}, "pageLink": {}}},
        {"cmdId": 5, "type": "TIMESERIES", "entityType": "DEVICE", "entityId": "no"},
    ],
)
def test_a_command_that_cannot_be_obeyed_is_said_and_the_socket_stays(cloud: httpx.Client, command: Any) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), {"cmds": [command]}, query())
        assert (hear(client)["errorCode"], hear(client)["errorCode"]) == (2, 0)


@pytest.mark.parametrize("first", ["bad token", "expired", "no token", "a command", "no json", "a list"])
def test_who_does_not_say_who_he_is_is_shut_out(cloud: httpx.Client, clock: VirtualClock, first: str) -> None:
    messages = {
        "bad token": json.dumps({"authCmd": {"cmdId": 0, "token": "no"}}),
        "expired": json.dumps(hello(cloud)),
        "no token": json.dumps({"authCmd": {}}),
        "a command": json.dumps(query()),
        "no json": "hola",
        "a list": "[]",
    }
    if first == "expired":
        clock.freeze(clock.read() + timedelta(seconds=9000))
    with connected(cloud) as client:
        client.send(messages[first])
        with pytest.raises(ConnectionClosed) as closed:
            client.receive(timeout=WAIT_S)
    assert closed.value.reason == 1008


def older(number: int = 10, keys: str = "nivel") -> Any:
    entity = {"entityType": "ASSET", "entityId": "8f1d2c30-0000-11f0-8fb8-000000000001", "scope": "LATEST_TELEMETRY"}
    return {"tsSubCmds": [entity | {"cmdId": number, "keys": keys}], "historyCmds": [], "attrSubCmds": []}


def test_the_older_form_with_the_token_in_the_address(cloud: httpx.Client, clock: VirtualClock) -> None:
    with connected(cloud, f"/api/ws/plugins/telemetry?token={token(cloud)}") as client:
        say(client, older())
        frame = hear(client)
        assert (frame["subscriptionId"], frame["errorCode"], frame["latestValues"]) == (10, 0, {"nivel": LAST})
        assert frame["data"]["nivel"][0][0] == LAST
        clock.freeze(clock.read() + timedelta(hours=1))
        assert hear(client)["latestValues"] == {"nivel": LAST + HOUR}
        say(client, {"tsSubCmds": [{"cmdId": 10, "unsubscribe": True}]}, older(11, keys=""))
        assert set(hear(client)["data"]) == set(KEYS)


def test_the_older_form_after_the_newer_authentication(cloud: httpx.Client) -> None:
    with connected(cloud) as client:
        say(client, hello(cloud), older(keys="puerta"))
        assert hear(client)["data"]["puerta"][0][1] in ("true", "false")


def test_a_late_reading_is_pushed_when_it_comes(serve: Callable[..., httpx.Client], clock: VirtualClock) -> None:
    cloud = serve(asset(1, quirks={"late": {"share": 1, "seconds": 5400, "exactly": True}}), users=[USER])
    with connected(cloud) as client:
        say(client, hello(cloud), query())
        assert hear(client)["data"]["data"][0]["latest"]["TIME_SERIES"]["nivel"]["ts"] == LAST - HOUR
        clock.freeze(clock.read() + timedelta(hours=1))
        assert hear(client)["update"][0]["latest"]["TIME_SERIES"]["nivel"]["ts"] == LAST


def test_a_socket_that_is_cut(cloud: httpx.Client) -> None:
    cloud.post("/_sim/faults", json={"socket_cut": 1})
    with connected(cloud) as client:
        say(client, hello(cloud), query())
        assert hear(client)["cmdId"] == 1
        with pytest.raises(ConnectionClosed):
            client.receive(timeout=WAIT_S)


def test_faults_meet_the_handshake_too(cloud: httpx.Client) -> None:
    cloud.post("/_sim/faults", json={"html_502": 1})
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    headers |= {"Sec-WebSocket-Version": "13"}
    assert cloud.get("/api/ws", headers=headers).status_code == 502
    cloud.post("/_sim/faults", json={"html_502": 0})
    assert cloud.get("/api/ws").status_code == 400
