"""When two sources are one, as the row of their provider sees it."""

from typing import Any

import pytest

from telemetry_service.providers.adapters import adapter_for
from telemetry_service.providers.adapters.extras import key_as_asked, min_period, origin_of
from telemetry_service.providers.engine.identity import identity
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.presets import override, preset

USER = {"username": "ops@example.cl", "password": "secreto-de-prueba"}
TOKEN = {"token": "token-000"}


def of(name: str, params: dict[str, str], credentials: dict[str, str] | None = None, **changes: Any) -> list[str]:
    return identity(parse_row(override(preset(name), changes)), credentials or {}, params)


def test_where_as_whom_and_about_what() -> None:
    said = of("tdata", {"device": "8f1d"}, USER)
    assert said == ["tdata.tesacom.net:443", "username=ops@example.cl", "device=8f1d", "entity=DEVICE"]
    assert of("tago", TOKEN) == ["api.tago.io:443", "token=token-000"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of("tago", TOKEN), of("novus", TOKEN)),
        (of("tago", TOKEN), of("tago", TOKEN, base_url="HTTPS://API.tago.io:443/")),
        (of("tago", TOKEN), of("tago", TOKEN, base_url="https://api.tago.io", limits={"rate": "1/s"})),
        (of("tdata", {"device": "a"}, USER), of("tdata", {"device": "a", "entity": "DEVICE"}, USER)),
        (of("tdata", {"device": "a"}, USER), of("tdata", {"device": "a"}, {**USER, "password": "otra"})),
    ],
)
def test_the_same_said_in_another_way(one: list[str], other: list[str]) -> None:
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of("tago", TOKEN), of("tago", {"token": "token-001"})),
        (of("tago", TOKEN), of("tago", TOKEN, base_url="https://api.eu-w1.tago.io")),
        (of("tago", TOKEN), of("tago", TOKEN, base_url="https://api.tago.io:8443")),
        (of("tdata", {"device": "a"}, USER), of("tdata", {"device": "a", "entity": "ASSET"}, USER)),
        (of("tdata", {"device": "a"}, USER), of("tdata", {"device": "a"}, {**USER, "username": "otra@example.cl"})),
        (of("tdata", {"device": "a"}, USER), of("twin", {"device": "a"}, USER)),
    ],
)
def test_what_is_another_device(one: list[str], other: list[str]) -> None:
    assert one != other


def test_an_account_that_has_only_a_key_is_known_by_it() -> None:
    changes = {"auth": {"mode": "api_key"}}
    one = of("tdata", {"device": "a"}, {"api_key": "k1"}, **changes)
    assert one != of("tdata", {"device": "a"}, {"api_key": "k2"}, **changes)


def test_the_way_in_which_a_provider_writes_a_key() -> None:
    adapter = adapter_for("HTTP_API")
    assert key_as_asked(adapter, adapter.parse(preset("tago")), "Caudal") == "caudal"
    assert key_as_asked(adapter, adapter.parse(preset("tdata")), "Caudal") == "Caudal"


def test_the_pace_is_the_rows() -> None:
    adapter = adapter_for("HTTP_API")
    assert min_period(adapter, adapter.parse(preset("keller"))).total_seconds() == 3600
    assert min_period(adapter, adapter.parse(preset("tago"))).total_seconds() == 0


class Plain:
    """An adapter that knows nothing more of itself."""

    type = "CUSTOM"
    parse = credentials = params = open = None


def test_what_an_adapter_does_not_say_is_the_accounts() -> None:
    def origin(account: str, params: dict[str, str]) -> str:
        return origin_of(Plain(), None, account=account, credentials={}, params=params)  # type: ignore[arg-type]

    assert origin("a", {"x": "1", "y": "2"}) == origin("a", {"y": "2", "x": "1"})
    assert origin("a", {"x": "1"}) != origin("b", {"x": "1"})
    assert origin("a", {"x": "1"}) != origin("a", {"x": "2"})
    assert key_as_asked(Plain(), None, "Caudal") == "Caudal"  # type: ignore[arg-type]
    assert min_period(Plain(), None).total_seconds() == 0  # type: ignore[arg-type]
