from typing import Any

import httpx
import pytest

THING = "/v2/things/thing-token-00000000000000000000000000000103/resources"


def times(response: httpx.Response) -> list[str]:
    return [item["datetime"] for item in response.json()]


def test_newest_first(clouds: httpx.Client) -> None:
    response = clouds.get(f"{THING}/pulsos", params={"limit": 2})
    assert times(response) == ["2024-05-13T14:00:00.000Z", "2024-05-13T13:00:00.000Z"]
    assert isinstance(response.json()[0]["value"], int)


def test_a_trailing_slash_is_the_same_resource(clouds: httpx.Client) -> None:
    assert clouds.get(f"{THING}/nivel/?limit=1").json() == clouds.get(f"{THING}/nivel?limit=1").json()


@pytest.mark.parametrize("path", [f"{THING}/nada", "/v2/things/otro/resources/pulsos"])
def test_unknown_key_or_token_is_404(clouds: httpx.Client, path: str) -> None:
    response = clouds.get(path)
    assert (response.status_code, response.json()["status"]) == (404, "error")


def test_both_dates_are_inclusive_and_compact(clouds: httpx.Client) -> None:
    query: dict[str, Any] = {"limit": 100, "startDate": "20240513120000", "endDate": "20240513140000"}
    assert len(times(clouds.get(f"{THING}/pulsos", params=query))) == 3


def test_iso_dates_and_the_whole_second_of_the_end(clouds: httpx.Client) -> None:
    query: dict[str, Any] = {"startDate": "2024-05-13T12:00:00.000Z", "endDate": "2024-05-13T13:00:00.000Z"}
    assert len(times(clouds.get(f"{THING}/pulsos", params=query))) == 2


def test_a_date_that_is_none(clouds: httpx.Client) -> None:
    assert clouds.get(f"{THING}/pulsos", params={"startDate": "ayer"}).status_code == 400


def test_a_page_holds_a_hundred_at_most(clouds: httpx.Client) -> None:
    assert len(times(clouds.get(f"{THING}/pulsos", params={"limit": 5000}))) == 100


def test_rate_limited(clouds: httpx.Client) -> None:
    clouds.post("/_sim/faults", json={"rate_limited": 1})
    response = clouds.get(f"{THING}/pulsos")
    assert (response.status_code, response.json()["code"]) == (429, 429)
