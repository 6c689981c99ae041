import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import VirtualClock

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


TOKEN = "thing-token-00000000000000000000000000000001"


@pytest.fixture
def odd(serve: Callable[..., httpx.Client]) -> httpx.Client:
    """A thing whose provider keeps texts and objects, and a second reading of the same second."""
    data = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
    keys = {
        "texto": {"column": "flow", "shape": "string"},
        "objeto": {"column": "flow", "shape": "object"},
        "total": {"column": "total"},
    }
    return serve({"name": "odd", "engine": "thethings", "token": TOKEN, "data": data, "keys": keys})


def test_a_value_may_be_a_text_or_an_object(odd: httpx.Client) -> None:
    found = {
        key: odd.get(f"/v2/things/{TOKEN}/resources/{key}?limit=1").json()[0]["value"] for key in ("texto", "objeto")
    }
    assert isinstance(found["texto"], str)
    assert found["objeto"] == {"value": float(found["texto"])}


def test_304_when_there_is_nothing_new(clouds: httpx.Client) -> None:
    clouds.post("/_sim/faults", json={"not_modified": 1})
    response = clouds.get(f"{THING}/pulsos")
    assert (response.status_code, response.content) == (304, b"")


def test_a_page_in_no_order(clouds: httpx.Client) -> None:
    plain = times(clouds.get(f"{THING}/pulsos"))
    clouds.post("/_sim/faults", json={"shuffled": 1})
    mixed = times(clouds.get(f"{THING}/pulsos"))
    assert mixed != plain
    assert sorted(mixed, reverse=True) == plain


@pytest.mark.parametrize("limit", ["0", "x", "-1"])
def test_a_limit_that_is_none(clouds: httpx.Client, limit: str) -> None:
    assert clouds.get(f"{THING}/pulsos", params={"limit": limit}).status_code == 400


@pytest.mark.parametrize("envelope", [True, False])
def test_written_values_are_read_again(odd: httpx.Client, envelope: bool) -> None:
    rows = [
        {"key": "total", "value": 7, "datetime": "20240513142900", "geo": {"lat": 1, "long": 2}},
        {"key": "total", "value": 8, "datetime": "2024-05-13T14:29:30.500Z"},
        {"key": "nueva", "value": "abierta"},
    ]
    response = odd.post(f"/v2/things/{TOKEN}", json={"values": rows} if envelope else rows)
    assert response.status_code == 201
    found = odd.get(f"/v2/things/{TOKEN}/resources/total?limit=2").json()
    assert found == [
        {"value": 8, "datetime": "2024-05-13T14:29:30.500Z"},
        {"value": 7, "datetime": "2024-05-13T14:29:00.000Z"},
    ]
    fresh = odd.get(f"/v2/things/{TOKEN}/resources/nueva").json()
    assert fresh == [{"value": "abierta", "datetime": "2024-05-13T14:30:00.000Z"}]
    # `endDate` is inclusive by whole seconds.
    page = odd.get(f"/v2/things/{TOKEN}/resources/total", params={"endDate": "20240513142930", "limit": 1})
    assert page.json()[0]["value"] == 8


@pytest.mark.parametrize(
    "body",
    [None, {}, {"values": 5}, [5], [{"key": "a"}], [{"value": 1}], [{"key": "a", "value": 1, "datetime": "x"}]],
)
def test_values_that_cannot_be_written(odd: httpx.Client, body: Any) -> None:
    assert odd.post(f"/v2/things/{TOKEN}", json=body).status_code == 400


def test_the_clock_of_the_server(odd: httpx.Client) -> None:
    told = [
        odd.get("/v2/utils/date", params={"thingToken": TOKEN, "format": form}).json()["datetime"]
        for form in ("UTC", "unix_timestamp")
    ]
    assert told == ["2024-05-13T14:30:00.000Z", 1715610600]
    assert odd.get("/v2/utils/date", params={"thingToken": "no"}).status_code == 401


def test_a_long_poll_tells_what_comes(odd: httpx.Client, clock: VirtualClock) -> None:
    with odd.stream("GET", f"/v2/things/{TOKEN}", params={"keepAlive": 200}) as response:
        lines = response.iter_lines()
        assert json.loads(next(lines)) == {"status": "success", "message": "subscribed"}
        assert json.loads(next(lines)) == {}
        clock.freeze(clock.read() + timedelta(hours=1))
        news = next(body for body in map(json.loads, lines) if body)
    assert [(row["key"], row["datetime"]) for row in news] == [
        (key, "2024-05-13T15:00:00.000Z") for key in ("objeto", "texto", "total")
    ]


def test_who_may_not_listen(odd: httpx.Client) -> None:
    assert [odd.get("/v2/things/no").status_code, odd.post("/v2/things/no").status_code] == [404, 404]
    odd.post("/_sim/faults", json={"forbidden": 1})
    assert odd.get(f"/v2/things/{TOKEN}").status_code == 403
