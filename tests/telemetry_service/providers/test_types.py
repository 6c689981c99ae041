"""Accounts of every type: what each is made of, and what is said where nobody speaks it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from shared.testing import api_client, user_token
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import store_provider

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/providers/"
ADAPTER = """
from telemetry_service.providers.adapters import Param

class Adapter:
    type = "CUSTOM"
    def parse(self, config):
        return {"folder": config["folder"]}
    def credentials(self, parsed): return frozenset({"pin"})
    def params(self, parsed): return (Param("file", False, True),)
    def open(self, account): raise NotImplementedError
"""


def post(**body: Any) -> Any:
    return api_client(user_token()).post(URL, {"name": "Cuenta", **body}, format="json")


def errors(response: Any) -> dict[str, str]:
    return {error["field"]: error["problem"] for error in response.json()["errors"]}


def test_a_push_account_needs_no_more_than_a_name() -> None:
    made = post(type="PUSH")
    assert made.status_code == 201
    said = made.json()
    assert (said["type"], said["config"], said["credentials"], said["problem"]) == ("PUSH", {}, [], "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "PUSH", "config": {"host": "x"}}, "config.host"),
        ({"type": "PUSH", "credentials": {"password": "x"}}, "credentials.password"),
        ({"type": "PUSH", "preset": "tago"}, "preset"),
        ({"type": "PUSH", "base_url": "https://x.cl"}, "base_url"),
        ({"type": "FTP"}, "type"),
        ({"type": "HTTP_API"}, "preset"),
        ({"type": "CUSTOM"}, "adapter"),
        ({"type": "PUSH", "adapter": "mio"}, "adapter"),
    ],
)
def test_what_does_not_belong_to_the_type_is_named(body: dict[str, Any], field: str) -> None:
    response = post(**body)
    assert response.status_code == 400
    assert field in errors(response)
    assert not Provider.objects.exists()


def test_a_whole_row_needs_no_preset(row: dict[str, Any]) -> None:
    made = post(config=row)
    assert (made.status_code, made.json()["preset"], made.json()["config"]) == (201, "", row)


@pytest.fixture
def row() -> dict[str, Any]:
    from telemetry_service.providers.presets import preset

    return preset("tago")


@pytest.mark.parametrize("body", [{"type": "GRPC"}, {"type": "CUSTOM", "adapter": "no-instalado"}])
def test_without_an_adapter_it_says_how_to_get_one(body: dict[str, Any]) -> None:
    response = post(**body)
    assert (response.status_code, response.json()["type"]) == (400, "urn:stack-vps:problem:no_adapter")
    assert "ningún adaptador" in response.json()["detail"]
    assert "telemetry.providers" in response.json()["detail"]


def test_the_types_say_which_of_them_can_be_used(install: Callable[..., None]) -> None:
    install("mi-planta", ADAPTER)
    listed = {one["type"]: one for one in api_client(user_token()).get(f"{URL}types/").json()["results"]}
    assert set(listed) == {"HTTP_API", "MQTT", "WEBSOCKET", "GRPC", "CUSTOM", "PUSH"}
    assert listed["HTTP_API"] == {
        "type": "HTTP_API", "label": "API HTTP", "available": True, "problem": "", "adapters": [],
    }  # fmt: skip
    assert (listed["GRPC"]["available"], listed["CUSTOM"]["adapters"]) == (False, ["mi-planta"])
    assert "ningún adaptador «GRPC» instalado" in listed["GRPC"]["problem"]
    assert listed["CUSTOM"]["available"]


def test_no_custom_adapter_is_said_too() -> None:
    listed = {one["type"]: one for one in api_client(user_token()).get(f"{URL}types/").json()["results"]}
    assert listed["CUSTOM"]["problem"]
    assert not listed["CUSTOM"]["available"]


def test_an_installed_adapter_checks_its_own_account(install: Callable[..., None]) -> None:
    install("mi-planta", ADAPTER)
    made = post(type="CUSTOM", adapter="mi-planta", config={"folder": "/a"}, credentials={"pin": "1234"})
    assert (made.status_code, made.json()["adapter"], made.json()["credentials"]) == (201, "mi-planta", ["pin"])
    broken = post(type="CUSTOM", adapter="mi-planta", config={}, credentials={"pin": "1234"})
    assert (broken.status_code, errors(broken)) == (400, {"config": "el adaptador falló al leerla (KeyError)"})


def test_an_account_whose_adapter_is_gone_is_listed_and_says_so(
    install: Callable[..., None], uninstall: Callable[[], None], now: datetime
) -> None:
    install("mi-planta", ADAPTER)
    made = post(type="CUSTOM", adapter="mi-planta", config={"folder": "/a"}, credentials={"pin": "1234"})
    uninstall()
    (listed,) = api_client(user_token()).get(URL).json()["results"]
    assert listed["id"] == made.json()["id"]
    assert "ningún adaptador «mi-planta» instalado" in listed["problem"]


def test_a_name_has_one_account_whatever_its_type(now: datetime) -> None:
    from shared.errors import Conflict
    from telemetry_service.providers.operations import Kind

    said: dict[str, Any] = {"name": "Cuenta", "config": {}, "credentials": {}, "actor": "user:ops@example.cl"}
    store_provider(kind=Kind("PUSH"), now=now, **said)
    with pytest.raises(Conflict):
        store_provider(kind=Kind("PUSH"), now=now, **said)
