"""What spoils a right answer on its way, the same for all engines, and what is counted."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock

TAGO = {"Device-Token": "00000000-2ec4-11e6-a77d-991b8f63b102"}
THING = "/v2/things/thing-token-00000000000000000000000000000103"
DEVICE = "/api/plugins/telemetry/DEVICE/8f1d2c30-0000-11f0-8fb8-2ba44d87275b"
USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
# One request of each engine, and how it says no: to too many, to who may not, to a token, and of itself.
ENGINES = {
    "thingsboard": (f"{DEVICE}/values/timeseries", {"keys": "5003"}),
    "tagoio": ("/data", {"variable": "caudal", "query": "last_value"}),
    "thethings": (f"{THING}/resources/pulsos", {"limit": 5}),
}
engines = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture
def ask(clouds: httpx.Client) -> Callable[..., httpx.Response]:
    token = clouds.post("/api/auth/login", json=USER).json()["token"]
    clouds.headers.update(TAGO | {"X-Authorization": f"Bearer {token}"})

    def get(engine: str, **faults: Any) -> httpx.Response:
        if faults:
            clouds.post("/_sim/faults", json=faults).raise_for_status()
        path, query = ENGINES[engine]
        return clouds.get(path, params=query)

    return get


Ask = Callable[..., httpx.Response]


@engines
def test_packed(ask: Ask, engine: str) -> None:
    plain = ask(engine)
    packed = ask(engine, gzip=1)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()


@engines
def test_truncated_is_half_a_text_with_its_own_length(ask: Ask, engine: str) -> None:
    whole, half = ask(engine).content, ask(engine, truncated=1).content
    assert half == whole[: len(whole) // 2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)


@engines
def test_cut_promises_the_whole(ask: Ask, engine: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        ask(engine, cut=1)


@engines
def test_a_body_that_drips_is_right_in_the_end(ask: Ask, engine: str) -> None:
    plain = ask(engine)
    slow = ask(engine, slow_body={"rate": 1, "seconds": 0.4})
    assert slow.json() == plain.json()
    assert slow.elapsed >= timedelta(seconds=0.2)


@engines
def test_a_body_over_any_limit_is_still_json(ask: Ask, engine: str) -> None:
    plain = ask(engine)
    large = ask(engine, oversized=1)
    assert len(large.content) > 5 * 2**20
    assert large.json() == plain.json()
    bomb = ask(engine, gzip=1)
    assert int(bomb.headers["Content-Length"]) < 20_000
    assert len(bomb.content) > 5 * 2**20


@engines
def test_nothing_in_a_200(ask: Ask, engine: str) -> None:
    response = ask(engine, empty_body=1)
    assert (response.status_code, response.content) == (200, b"")


@engines
@pytest.mark.parametrize(("fault", "status"), [("html_200", 200), ("html_403", 403), ("html_502", 502)])
def test_a_page_where_json_is_expected(ask: Ask, engine: str, fault: str, status: int) -> None:
    response = ask(engine, **{fault: 1})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("fault", "thingsboard", "tagoio", "thethings"),
    [
        ("rate_limited", (429, 33), (429, "Too many requests (Retry-After: 60)"), (429, "Too many requests")),
        ("forbidden", (403, 20), (403, "Authorization Denied"), (403, "Forbidden")),
        ("token_refused", (401, 11), (401, "Authorization Denied"), (401, "Invalid session token")),
        ("json_500", (500, 2), (500, "Internal Server Error"), (500, "Internal error")),
    ],
)
def test_each_engine_says_no_in_its_own_words(
    ask: Ask, fault: str, thingsboard: Any, tagoio: Any, thethings: Any
) -> None:
    found = {engine: ask(engine, **{fault: 1}) for engine in ENGINES}
    assert (found["thingsboard"].status_code, found["thingsboard"].json()["errorCode"]) == thingsboard
    assert (found["tagoio"].status_code, found["tagoio"].json()["message"]) == tagoio
    assert found["tagoio"].json()["status"] is False
    assert (found["thethings"].status_code, found["thethings"].json()["message"]) == thethings
    assert found["thethings"].json()["code"] == found["thethings"].status_code


@engines
def test_a_redirect_leads_to_another_host(ask: Ask, engine: str) -> None:
    response = ask(engine, redirect=1)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"https://elsewhere.invalid{ENGINES[engine][0]}?")
    response = ask(engine, redirect={"rate": 1, "to": "http://127.0.0.2:9"})
    assert response.headers["Location"].startswith("http://127.0.0.2:9/")


@engines
def test_away_for_three_hours(ask: Ask, engine: str, clock: VirtualClock) -> None:
    fault = {"rate": 1, "start": "2024-05-13T15:00:00Z", "end": "2024-05-13T18:00:00Z"}
    assert ask(engine, away=fault).status_code == 200
    clock.freeze(clock.read() + timedelta(hours=1))
    with pytest.raises(httpx.RemoteProtocolError):
        ask(engine)
    clock.freeze(clock.read() + timedelta(hours=3))
    # The token of the morning is over by now; the provider is back.
    assert ask(engine).status_code in (200, 401)


@engines
def test_a_burst_of_502(ask: Ask, engine: str) -> None:
    statuses = [
        ask(engine, html_502={"rate": 1, "first_attempts": 3}).status_code,
        *(ask(engine).status_code for _ in "234"),
    ]
    assert statuses == [502, 502, 502, 200]


@engines
def test_a_budget_of_requests_begins_again_each_minute(
    ask: Ask, engine: str, clouds: httpx.Client, clock: VirtualClock
) -> None:
    assert clouds.post("/_sim/budgets", json={engine: 3}).json() == {engine: 3}
    # The login before the budget was set is not counted.
    clock.freeze(clock.read() + timedelta(seconds=52))
    assert [ask(engine).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    if engine == "tagoio":
        assert ask(engine).json()["message"] == "Too many requests (Retry-After: 8)"
    clock.freeze(clock.read() + timedelta(seconds=8))
    assert ask(engine).status_code == 200
    assert clouds.get("/_sim/stats").json()["over_budget"] == (3 if engine == "tagoio" else 2)
    assert clouds.post("/_sim/budgets", json={engine: None}).json() == {}
    assert [ask(engine).status_code for _ in range(4)] == [200] * 4


def test_a_budget_is_shared_by_the_devices_of_one_account(serve: Callable[..., httpx.Client]) -> None:
    data = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 999}
    tokens = {"a": "one", "b": "one", "c": "two"}
    things = [
        {"name": n, "engine": "tagoio", "token": n, "profile": p, "data": data, "keys": {"caudal": {"column": "flow"}}}
        for n, p in tokens.items()
    ]
    client = serve(*things, budgets={"tagoio": 2})
    asked = [client.get("/data", headers={"Device-Token": token}).status_code for token in "abac"]
    assert asked == [200, 200, 429, 200]


def test_a_budget_that_is_none(clouds: httpx.Client) -> None:
    assert clouds.post("/_sim/budgets", json={"tagoio": "many"}).status_code == 400


def test_what_the_provider_holds_by_now(clouds: httpx.Client, clock: VirtualClock) -> None:
    span = {"thing": "pozo-103", "start": "2024-05-13T12:00:00Z", "end": "2024-05-14T12:00:00Z"}
    assert [len(points) for points in clouds.get("/_sim/readings", params=span).json().values()] == [3, 3, 3]
    assert clouds.get("/_sim/readings", params={"thing": "no"}).status_code == 404
    assert clouds.get("/_sim/readings", params=span | {"end": "2024-05-14"}).status_code == 400


@contextmanager
def _client(scenario: Scenario, clock: VirtualClock) -> Iterator[httpx.Client]:
    with running(providers(scenario, clock.read)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def _story(scenario: Scenario, clock: VirtualClock) -> str:
    """A digest of all that a client is told in an hour in which much goes wrong."""
    faults = dict.fromkeys(("html_502", "rate_limited", "json_500", "truncated", "gzip", "shuffled", "null_now"), 0.2)
    found = hashlib.sha256()
    with _client(replace(scenario, faults={"providers": faults}), clock) as client:
        begin = clock.read()
        for minute in range(60):
            clock.freeze(begin + timedelta(minutes=minute))
            token = client.post("/api/auth/login", json=USER)
            found.update(token.content)
            bearer = token.json().get("token") if token.status_code == 200 and _is_json(token) else ""
            for path, query in ENGINES.values():
                response = client.get(path, params=query, headers=TAGO | {"X-Authorization": f"Bearer {bearer or 0}"})
                found.update(f"{response.status_code}".encode() + response.content)
        clock.freeze(begin)
    return found.hexdigest()


def _is_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return False
    return True


def test_the_same_seed_and_clock_give_the_same_bytes(scenario: Scenario, clock: VirtualClock) -> None:
    assert _story(scenario, clock) == _story(scenario, clock)
    assert _story(scenario, clock) != _story(replace(scenario, seed=1), clock)


def test_gzip_has_no_time_of_its_own(ask: Ask) -> None:
    assert gzip.compress(b"a", mtime=0) == gzip.compress(b"a", mtime=0)
    assert ask("tagoio", gzip=1).num_bytes_downloaded == ask("tagoio").num_bytes_downloaded
