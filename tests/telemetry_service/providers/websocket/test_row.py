"""A row of a ThingsBoard that is listened to: what makes no sense is refused by the path of the wrong key."""

from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.adapters import adapter_for
from telemetry_service.providers.adapters.interface import Streams
from telemetry_service.providers.presets import preset
from telemetry_service.providers.websocket.row import parse_socket

ROW: dict[str, Any] = {"engine": "thingsboard-ws/1", "http": preset("nettra")}
ALONE: dict[str, Any] = {
    "engine": "thingsboard-ws/1",
    "base_url": "https://telemetry.nettra.tech",
    "token": "{cred.token}",
}


def test_the_login_and_the_devices_are_those_of_the_http_row() -> None:
    row = parse_socket(ROW)
    assert (row.url, row.ping_s, row.history) == ("wss://telemetry.nettra.tech/api/ws", 30, True)
    assert row.credentials == {"username", "password"}
    assert [param.name for param in row.params] == ["device", "entity"]


def test_without_http_there_is_a_token_and_no_history() -> None:
    row = parse_socket(ALONE)
    assert (row.url, row.credentials, row.history) == ("wss://telemetry.nettra.tech/api/ws", {"token"}, False)
    assert [param.name for param in row.params] == ["device", "entity"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (ROW | {"engine": "mqtt/1"}, "engine"),
        (ROW | {"sock": {}}, "sock"),
        (ROW | {"http": {**ROW["http"], "latest": {"path": "/x", "method": "PUT"}}}, "http.latest.method"),
        (ROW | {"http": preset("tago")}, "http"),
        (ROW | {"http": {**ROW["http"], "auth": {"type": "none"}}}, "token"),
        (ROW | {"base_url": "https://x.cl"}, "base_url"),
        (ROW | {"path": "api/ws"}, "path"),
        (ROW | {"path": "/api/ws?token=x"}, "path"),
        (ROW | {"ping_s": 0}, "ping_s"),
        (ALONE | {"token": "secreto-en-claro"}, "token"),
        (ALONE | {"token": "{point.token}"}, "token"),
        (ALONE | {"base_url": "wss://x"}, "base_url"),
        ({"engine": "thingsboard-ws/1", "base_url": "https://x.cl"}, "token"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_path(config: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_socket(config)
    assert caught.value.errors[0].field == field
    assert "secreto" not in str(caught.value.errors)


@pytest.mark.parametrize("type_", ["MQTT", "WEBSOCKET"])
def test_an_adapter_of_the_type_is_built_in(type_: str) -> None:
    adapter = adapter_for(type_)
    assert adapter.type == type_
    assert isinstance(adapter, Streams) == (type_ == "WEBSOCKET")
