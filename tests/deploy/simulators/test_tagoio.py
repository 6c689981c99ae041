from collections.abc import Callable
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


LOGGER = "00000000-2ec4-11e6-a77d-000000000001"
LAST = "2024-05-13T14:00:00.000Z"


def logger(**more: Any) -> dict[str, Any]:
    data = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
    keys = {"caudal": {"column": "flow"}, "total": {"column": "total", "unit": "m3"}}
    return {"name": "logger", "engine": "tagoio", "token": LOGGER, "data": data, "keys": keys, **more}


@pytest.fixture
def ask(serve: Callable[..., httpx.Client]) -> Callable[..., Any]:
    """`result` of a query to a logger with what the test says of it."""
    started: list[httpx.Client] = []

    def result(thing: dict[str, Any] | None = None, **query: Any) -> Any:
        if not started:
            started.append(serve(thing or logger()))
        body = started[0].get("/data", params=query, headers={"Device-Token": LOGGER}).json()
        assert body["status"] is True
        return body["result"]

    return result


Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "is_place"), [("last_item", True), ("last_value", False), ("last_location", True), ("first_item", False)]
)
def test_the_newest_record_may_be_a_place(ask: Ask, query: str, is_place: bool) -> None:
    [record] = ask(logger(locations={"every_s": 3600, "after_s": 30}), variable="caudal", query=query)
    assert ("location" in record, "value" in record) == (is_place, not is_place)
    if query == "last_item":
        assert record["time"] == "2024-05-13T14:00:30.000Z"
        assert record["location"] == {"type": "Point", "coordinates": [-70.74, -34.17]}


def test_places_are_among_the_records_of_a_range(ask: Ask) -> None:
    rows = ask(logger(locations={"every_s": 7200, "after_s": 30}), variable="caudal", qty=6)
    assert ["value" in row for row in rows] == [False, True, True, False, True, True]
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)
    assert len({row["id"] for row in rows}) == 6


def test_status_codes_and_string_numbers(ask: Ask) -> None:
    keys = {
        "caudal": {"column": "flow", "forced": [{"from": "2024-05-13T13:00:00Z", "value": -3200}]},
        "total": {"column": "total", "shape": "string"},
    }
    assert [ask(logger(keys=keys), variable=v, query="last_value")[0]["value"] for v in keys] == [
        -3200,
        ask(variable="total", qty=1)[0]["value"],
    ]
    assert isinstance(ask(variable="total", query="last_value")[0]["value"], str)


def test_names_in_capitals_are_stored_small(ask: Ask) -> None:
    thing = logger(keys={"Caudal": {"column": "flow"}})
    assert ask(thing, variable="Caudal", query="last_value") == []
    assert ask(variable="caudal", query="last_value")[0]["variable"] == "caudal"


def test_pages_by_skip_shift_while_data_arrive(ask: Ask, clock: VirtualClock) -> None:
    first = ask(variable="total", qty=5)
    clock.freeze(clock.read() + timedelta(hours=1))
    second = ask(variable="total", qty=5, skip=5)
    assert first[-1]["id"] == second[0]["id"]


def test_details_tell_when_it_came(ask: Ask) -> None:
    thing = logger(quirks={"late": {"share": 1, "seconds": 600, "exactly": True}})
    assert "created_at" not in ask(thing, variable="total", qty=1)[0]
    for name in ("details", "detail"):
        assert ask(variable="total", qty=1, **{name: "true"})[0]["created_at"] == "2024-05-13T14:10:00.000Z"


def test_last_insert_goes_by_when_it_came(ask: Ask) -> None:
    held = {"held": [["2024-05-13T10:30:00Z", "2024-05-13T14:10:00Z"]]}
    thing = logger(quirks=held | {"clock": [{"from": "2024-05-13T14:00:00Z", "seconds": -36_000}]})
    assert ask(thing, variable="total", query="last_item")[0]["time"] == "2024-05-13T13:00:00.000Z"
    assert ask(variable="total", query="last_insert")[0]["time"] == "2024-05-13T13:00:00.000Z"
    assert ask(variable="total", query="first_insert")[0]["time"] == "2024-05-01T00:00:00.000Z"


def test_duplicates_have_ids_of_their_own(ask: Ask) -> None:
    rows = ask(logger(quirks={"duplicates": 0.5}), variable="total", qty=1000, ordination="ascending")
    assert len(rows) > len({row["time"] for row in rows})
    assert len(rows) == len({row["id"] for row in rows})
    pages = [ask(variable="total", qty=7, skip=skip, ordination="ascending") for skip in range(0, len(rows), 7)]
    assert [row for page in pages for row in page] == rows


@pytest.mark.parametrize(
    ("start", "count"),
    [("2 hours", 2), ("1 day", 24), ("2024-05-13 13:00:00", 2), ("2024-05-13T10:00:00-04:00", 1), ("1 week", 168)],
)
def test_ways_to_write_a_start(ask: Ask, start: str, count: int) -> None:
    assert len(ask(variable="total", start_date=start, qty=1000)) == count
    assert ask(variable="total", start_date=start, query="count") == count


def test_sums_of_a_span(ask: Ask) -> None:
    values = [row["value"] for row in ask(variable="caudal", start_date="1 day", qty=100)]
    found = {q: ask(variable="caudal", start_date="1 day", query=q)[0]["value"] for q in ("min", "max", "avg", "sum")}
    assert found == {
        "min": min(values),
        "max": max(values),
        "avg": pytest.approx(sum(values) / 24),
        "sum": pytest.approx(sum(values)),
    }


def test_an_aggregate_of_days(ask: Ask) -> None:
    query = {"variable": "total", "query": "aggregate", "interval": "day", "start_date": "3 days"}
    rows = ask(**query, function="count", ordination="ascending")
    assert [row["value"] for row in rows] == [9, 24, 24, 15]
    assert rows[1]["time"] == "2024-05-11T00:00:00.000Z"


@pytest.mark.parametrize(
    "query",
    [{"query": "conditional"}, {"query": "avg"}, {"query": "aggregate"}, {"qty": "x"}, {"skip": "-1"}],
)
def test_a_query_that_cannot_be_read(tago: httpx.Client, query: dict[str, str]) -> None:
    response = tago.get("/data", params={"variable": "nivel"} | query)
    assert (response.status_code, response.json()["status"]) == (400, False)


def test_a_failure_with_a_200(tago: httpx.Client) -> None:
    tago.post("/_sim/faults", json={"status_false": 1})
    response = tago.get("/data", params={"variable": "nivel", "query": "last_value"})
    assert (response.status_code, response.json()["status"], "result" in response.json()) == (200, False, False)


def test_the_budget_of_aggregates_is_apart(tago: httpx.Client) -> None:
    tago.post("/_sim/budgets", json={"tagoio-aggregate": 1})
    query = {"variable": "nivel", "query": "aggregate", "interval": "day", "function": "avg"}
    assert [tago.get("/data", params=query).status_code for _ in range(2)] == [200, 429]
    assert tago.get("/data", params={"variable": "nivel", "query": "last_value"}).status_code == 200


def test_written_records_are_read_again(tago: httpx.Client, clock: VirtualClock) -> None:
    rows = [
        {"variable": "NIVEL", "value": 9.5, "unit": "m"},
        {"variable": "nueva", "value": "abierta", "time": "2024-05-13T14:05:00.000Z"},
        {"variable": "nivel", "location": {"lat": 1, "lng": 2}},
    ]
    response = tago.post("/data", json=rows)
    assert (response.status_code, response.json()) == (202, {"status": True, "result": "3 Data Added"})
    newest = tago.get("/data", params={"variable": "nivel", "query": "last_value"}).json()["result"][0]
    assert (newest["value"], newest["time"]) == (9.5, "2024-05-13T14:30:00.000Z")
    fresh = tago.get("/data", params={"variable": "nueva", "query": "last_value"}).json()["result"][0]
    assert (fresh["value"], fresh["time"]) == ("abierta", "2024-05-13T14:05:00.000Z")
    assert tago.get("/info").json()["result"]["last_input"] == "2024-05-13T14:30:00.000Z"


@pytest.mark.parametrize(
    "row", [{"value": 1}, {"variable": "a b", "value": 1}, {"variable": "a", "value": 1, "time": "x"}, 5]
)
def test_a_record_that_cannot_be_written(tago: httpx.Client, row: Any) -> None:
    response = tago.post("/data", json=[row])
    assert (response.status_code, response.json()["status"]) == (400, False)


def test_who_is_this_token(tago: httpx.Client) -> None:
    result = tago.get("/info").json()["result"]
    assert (result["name"], result["active"], result["last_input"]) == ("pozo-102", True, LAST)
    for send in (tago.get, tago.post):
        assert send("/data", headers={"Device-Token": "no"}).status_code == 401
    assert tago.get("/info", headers={"Device-Token": "no"}).status_code == 401
