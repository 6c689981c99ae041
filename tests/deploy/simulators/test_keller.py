"""KELLER PressureSuite: one channel of one device in a span, both ends left out."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

THING = {
    "name": "sonda",
    "engine": "keller",
    "device": "2128",
    "token": "acceso-000",
    "data": {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000},
    "keys": {"2": {"column": "level"}, "5": {"column": "flow"}},
}


@pytest.fixture
def cloud(serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve(THING)


def ask(cloud: httpx.Client, user: str = "acceso-000", **params: Any) -> httpx.Response:
    said = {"measurementDefinitionId": "2", "deviceId": "2128", "start": "2024-05-13T10:00:00Z"}
    said |= {"end": "2024-05-13T13:00:00.000Z"}
    return cloud.get("/v1/Measurements", params=said | params, headers={"userOid": user})


def test_the_values_of_a_span_without_its_ends(cloud: httpx.Client) -> None:
    body = ask(cloud).json()
    assert (body["measurementDefinitionId"], body["deviceId"], body["unitId"]) == (2, 2128, 101)
    assert [one["time"] for one in body["values"]] == ["2024-05-13T11:00:00", "2024-05-13T12:00:00"]
    truth = cloud.get("/_sim/readings", params={"thing": "sonda", "start": "2024-05-13T11:00:00Z"}).json()["2"]
    assert [one["value"] for one in body["values"]] == [value for _, value in truth[:2]]


def test_nothing_of_the_future_and_all_of_the_past(cloud: httpx.Client) -> None:
    assert ask(cloud, end="2030-01-01T00:00:00Z").json()["values"][-1]["time"] == "2024-05-13T14:00:00"
    assert ask(cloud, start="").json()["values"][0]["time"] == "2024-05-01T00:00:00"
    assert ask(cloud, measurementDefinitionId="5").json()["unitId"] == 201


@pytest.mark.parametrize("wrong", [{"deviceId": "1"}, {"measurementDefinitionId": "9"}, {"start": "ayer"}])
def test_a_wrong_parameter_is_its_own_fault(cloud: httpx.Client, wrong: dict[str, str]) -> None:
    assert ask(cloud, **wrong).status_code == 500


@pytest.mark.parametrize("token", ["", "otro"])
def test_only_with_the_token(cloud: httpx.Client, token: str) -> None:
    assert ask(cloud, token).status_code == 401


def test_it_breaks_like_the_others(cloud: httpx.Client) -> None:
    cloud.post("/_sim/faults", json={"rate_limited": 1})
    assert ask(cloud).status_code == 429
