from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import VirtualClock

TOKEN = "00000000-2ec4-11e6-a77d-991b8f63b102"
SPAN = {"start_date": "2024-05-04T00:00:00.000Z", "end_date": "2024-05-20T00:00:00.000Z"}


@pytest.fixture
def tago(clouds: httpx.Client) -> httpx.Client:
    clouds.headers["Device-Token"] = TOKEN
    return clouds


@pytest.mark.parametrize("header", ["Device-Token", "Authorization", "token"])
def test_three_spellings_of_the_token(clouds: httpx.Client, header: str) -> None:
    response = clouds.get("/data", params={"variable": "caudal", "query": "last_value"}, headers={header: TOKEN})
    record = response.json()["result"][0]
    assert (record["variable"], record["unit"], record["time"]) == ("caudal", "l/s", "2024-05-13T14:00:00.000Z")


def test_a_wrong_token_is_denied_in_the_envelope(clouds: httpx.Client) -> None:
    response = clouds.get("/data", headers={"Device-Token": "no"})
    assert (response.status_code, response.json()) == (401, {"status": False, "message": "Authorization Denied"})


def test_history_gives_fifteen_newest_first_unless_told_otherwise(tago: httpx.Client) -> None:
    result = tago.get("/data", params={"variable": "totalizado"} | SPAN).json()["result"]
    assert len(result) == 15
    assert result[0]["time"] == "2024-05-13T14:00:00.000Z"


def test_pages_by_skip(tago: httpx.Client) -> None:
    query: dict[str, Any] = {"variable": "totalizado", "qty": 10, "ordination": "ascending"} | SPAN
    first = tago.get("/data", params=query).json()["result"]
    second = tago.get("/data", params=query | {"skip": 9}).json()["result"]
    assert first[0]["time"] == "2024-05-04T04:00:00.000Z"
    assert first[-1]["id"] == second[0]["id"]


@pytest.mark.parametrize("name", ["variables", "variable[]", "variables[0]"])
def test_spellings_of_variable(tago: httpx.Client, name: str) -> None:
    assert tago.get("/data", params={name: "nivel", "query": "last_item"}).json()["result"][0]["variable"] == "nivel"


@pytest.mark.parametrize("name", ["Caudal", "nada"])
def test_only_lower_case_names_exist(tago: httpx.Client, name: str) -> None:
    response = tago.get("/data", params={"variable": name, "query": "last_value"})
    assert response.json() == {"status": True, "result": []}


def test_a_date_that_is_none(tago: httpx.Client) -> None:
    response = tago.get("/data", params={"variable": "nivel", "start_date": "ayer"})
    assert (response.status_code, response.json()["status"]) == (400, False)


def test_the_wait_of_a_429_is_inside_the_message(tago: httpx.Client, clock: VirtualClock) -> None:
    clock.freeze(clock.read() + timedelta(seconds=52))
    tago.post("/_sim/faults", json={"rate_limited": 1})
    response = tago.get("/data", params={"variable": "nivel", "query": "last_value"})
    assert response.status_code == 429
    assert response.json() == {"status": False, "message": "Too many requests (Retry-After: 8)"}
