from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from shared.clock import VirtualClock

DEVICE = "8f1d2c30-0000-11f0-8fb8-2ba44d87275b"
VALUES = f"/api/plugins/telemetry/DEVICE/{DEVICE}/values/timeseries"
USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
# The last hour before the clock's 10:30: 2024-05-13T10:00-04:00.
LAST = 1715608800000
HOUR = 3600_000


@pytest.fixture
def tdata(clouds: httpx.Client) -> httpx.Client:
    token = clouds.post("/api/auth/login", json=USER).json()["token"]
    clouds.headers["X-Authorization"] = f"Bearer {token}"
    return clouds


def history(client: httpx.Client, **more: Any) -> dict[str, list[dict[str, Any]]]:
    query: dict[str, Any] = {"keys": "5003", "startTs": LAST - 200 * HOUR, "endTs": LAST + 1} | more
    return dict(client.get(VALUES, params=query).json())


def test_a_token_lives_nine_thousand_seconds_of_the_given_clock(clouds: httpx.Client, clock: VirtualClock) -> None:
    body = clouds.post("/tdata/v1/login", json=USER).json()
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 9000
    assert claims["iss"] == "thingsboard.io"
    assert jwt.get_unverified_header(body["token"])["alg"] == "HS512"


def test_wrong_password_is_error_code_10(clouds: httpx.Client) -> None:
    response = clouds.post("/api/auth/login", json=USER | {"password": "no"})
    assert (response.status_code, response.json()["errorCode"]) == (401, 10)
    assert set(response.json()) == {"status", "message", "errorCode", "timestamp"}


def test_an_expired_token_is_error_code_11_and_can_be_refreshed(clouds: httpx.Client, clock: VirtualClock) -> None:
    session = clouds.post("/api/auth/login", json=USER).json()
    headers = {"X-Authorization": f"Bearer {session['token']}"}
    clock.freeze(clock.read() + timedelta(seconds=9001))
    expired = clouds.get(VALUES, params={"keys": "5003"}, headers=headers)
    assert (expired.status_code, expired.json()["errorCode"]) == (401, 11)
    fresh = clouds.post("/api/auth/token", json={"refreshToken": session["refreshToken"]}).json()["token"]
    headers = {"X-Authorization": f"Bearer {fresh}"}
    assert clouds.get(VALUES, params={"keys": "5003"}, headers=headers).status_code == 200


def test_the_gateway_takes_the_plain_authorization_header(clouds: httpx.Client) -> None:
    token = clouds.post("/tdata/v1/login", json=USER).json()["token"]
    path = f"/tdata/v1/telemetry/DEVICE/{DEVICE}/values/timeseries"
    response = clouds.get(path, params={"keys": "5003"}, headers={"Authorization": f"Bearer {token}"})
    assert response.json() == {"5003": [{"ts": LAST, "value": "12086"}]}


def test_no_token_and_no_device(clouds: httpx.Client, tdata: httpx.Client) -> None:
    assert tdata.get(VALUES.replace(DEVICE, "00000000-0000")).json()["errorCode"] == 32
    del tdata.headers["X-Authorization"]
    assert tdata.get(VALUES).json()["errorCode"] == 10


def test_latest_takes_a_comma_list_and_gives_strings(tdata: httpx.Client) -> None:
    body = tdata.get(VALUES, params={"keys": "5001,5002"}).json()
    assert body == {"5001": [{"ts": LAST, "value": "0"}], "5002": [{"ts": LAST, "value": "1.3"}]}


def test_strict_data_types(tdata: httpx.Client) -> None:
    body = tdata.get(VALUES, params={"keys": "5002", "useStrictDataTypes": "true"}).json()
    assert body["5002"][0]["value"] == 1.3


def test_a_key_without_value_is_null_with_the_servers_time(tdata: httpx.Client, clock: VirtualClock) -> None:
    body = tdata.get(VALUES, params={"keys": "9999"}).json()
    assert body == {"9999": [{"ts": round(clock.read().timestamp() * 1000), "value": None}]}


def test_history_is_newest_first_and_a_hundred_long_unless_told_otherwise(tdata: httpx.Client) -> None:
    points = history(tdata)["5003"]
    assert len(points) == 100
    assert points[0]["ts"] == LAST
    # `asc` is not a parameter of ThingsBoard.
    assert history(tdata, asc="true")["5003"] == points
    ascending = history(tdata, orderBy="ASC", limit=5)["5003"]
    assert ascending[0]["ts"] < ascending[-1]["ts"] < LAST


def test_an_unknown_key_is_absent_from_a_range(tdata: httpx.Client) -> None:
    assert history(tdata, keys="9999") == {}


def test_a_range_needs_both_ends(tdata: httpx.Client) -> None:
    response = tdata.get(VALUES, params={"keys": "5003", "startTs": 1})
    assert (response.status_code, response.json()["errorCode"]) == (400, 31)


def test_what_has_not_happened_is_not_there(tdata: httpx.Client, clock: VirtualClock) -> None:
    future = LAST + 2 * HOUR
    assert history(tdata, startTs=LAST + 1, endTs=future) == {}
    clock.freeze(datetime.fromtimestamp(future / 1000, UTC))
    assert len(history(tdata, startTs=LAST + 1, endTs=future)["5003"]) == 1


def test_null_now_switch(tdata: httpx.Client, clock: VirtualClock) -> None:
    tdata.post("/_sim/faults", json={"null_now": 1})
    body = tdata.get(VALUES, params={"keys": "5001,5003"}).json()
    assert [body[key][0]["value"] for key in ("5001", "5003")] == [None, None]
    # A range is not spoiled by it.
    assert history(tdata)["5003"][0]["value"] == "12086"


def test_rate_limited_switch(tdata: httpx.Client) -> None:
    tdata.post("/_sim/faults", json={"rate_limited": 1})
    response = tdata.get(VALUES, params={"keys": "5001"})
    assert (response.status_code, response.json()["errorCode"]) == (429, 33)


def test_an_account_whose_password_expired_is_error_code_15(serve: Callable[..., httpx.Client]) -> None:
    client = serve(users=[USER | {"expired": True}])
    body = client.post("/api/auth/login", json=USER).json()
    assert (body["errorCode"], bool(body["resetToken"])) == (15, True)


def test_tokens_live_as_the_scenario_says(serve: Callable[..., httpx.Client], clock: VirtualClock) -> None:
    client = serve(users=[USER], tokens={"access_s": 60, "refresh_s": 120})
    session = client.post("/api/auth/login", json=USER).json()
    headers = {"X-Authorization": f"Bearer {session['token']}"}
    clock.freeze(clock.read() + timedelta(seconds=59))
    assert client.get("/api/auth/user", headers=headers).status_code == 200
    clock.freeze(clock.read() + timedelta(seconds=1))
    assert client.get("/api/auth/user", headers=headers).json()["errorCode"] == 11
    clock.freeze(clock.read() + timedelta(seconds=60))
    refused = client.post("/api/auth/token", json={"refreshToken": session["refreshToken"]})
    assert (refused.status_code, refused.json()["errorCode"]) == (401, 11)


def test_a_refresh_token_opens_nothing_and_the_other_refreshes_nothing(clouds: httpx.Client) -> None:
    session = clouds.post("/api/auth/login", json=USER).json()
    headers = {"X-Authorization": f"Bearer {session['refreshToken']}"}
    assert clouds.get("/api/auth/user", headers=headers).json()["errorCode"] == 10
    assert clouds.post("/api/auth/token", json={"refreshToken": session["token"]}).json()["errorCode"] == 10
    assert clouds.post("/api/auth/token", content=b"[]").json()["errorCode"] == 10


def test_an_api_key_needs_no_login(serve: Callable[..., httpx.Client]) -> None:
    client = serve(WELL, users=[USER], api_keys=["key-000000000000"])
    found = [
        client.get("/api/auth/user", headers={"X-Authorization": f"ApiKey {key}"}).status_code
        for key in ("key-000000000000", "other", "0")
    ]
    assert found == [200, 401, 401]


DATA = {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000}
WELL = {
    "name": "pozo-1",
    "engine": "thingsboard",
    "device": "8f1d2c30-0000-11f0-8fb8-000000000001",
    "data": DATA,
    "keys": {"nivel": {"column": "level"}, "total": {"column": "total"}},
}


@pytest.fixture
def park(serve: Callable[..., httpx.Client]) -> httpx.Client:
    """Five devices and three assets, two of them wells."""
    devices = [WELL | {"name": f"pozo-{n}", "device": f"device-{n}"} for n in (5, 4, 3, 2, 1)]
    kinds = {"Pozo Norte": "Pozo", "Pozo Sur": "Pozo", "Bomba": "Bomba"}
    assets = [WELL | {"name": n, "device": f"asset-{n}", "entity": "ASSET", "kind": k} for n, k in kinds.items()]
    client = serve(*devices, *assets, users=[USER])
    client.headers["X-Authorization"] = f"Bearer {client.post('/api/auth/login', json=USER).json()['token']}"
    return client


@pytest.mark.parametrize("path", ["/tdata/v1/devices", "/api/tenant/devices"])
def test_devices_by_pages_from_zero(park: httpx.Client, path: str) -> None:
    pages = [park.get(path, params={"pageSize": 2, "page": page}).json() for page in range(4)]
    assert [[row["name"] for row in page["data"]] for page in pages] == [
        ["pozo-1", "pozo-2"],
        ["pozo-3", "pozo-4"],
        ["pozo-5"],
        [],
    ]
    assert [page["hasNext"] for page in pages] == [True, True, False, False]
    assert {(page["totalPages"], page["totalElements"]) for page in pages} == {(3, 5)}
    assert pages[0]["data"][0]["id"] == {"entityType": "DEVICE", "id": "device-1"}


@pytest.mark.parametrize(
    "query", [{}, {"pageSize": 10}, {"page": 0}, {"pageSize": 0, "page": 0}, {"pageSize": 1, "page": -1}]
)
def test_a_page_must_be_named(park: httpx.Client, query: dict[str, int]) -> None:
    response = park.get("/api/tenant/devices", params=query)
    assert (response.status_code, response.json()["errorCode"]) == (400, 31)


def test_assets_of_the_users_customer_by_type(park: httpx.Client) -> None:
    customer = park.get("/api/auth/user").json()["customerId"]["id"]
    query: dict[str, Any] = {"pageSize": 10, "page": 0}

    def names(**more: str) -> list[str]:
        found = park.get(f"/api/customer/{customer}/assets", params=query | more).json()["data"]
        return [row["name"] for row in found]

    assert names() == ["Bomba", "Pozo Norte", "Pozo Sur"]
    assert names(type="Pozo") == ["Pozo Norte", "Pozo Sur"]
    assert names(textSearch="sur") == ["Pozo Sur"]
    assert park.get("/api/customer/other/assets", params=query).json()["errorCode"] == 32


def test_an_asset_is_no_device(park: httpx.Client) -> None:
    paths = [f"/api/plugins/telemetry/{entity}/asset-Bomba/values/timeseries" for entity in ("ASSET", "DEVICE")]
    assert [park.get(path, params={"keys": "nivel"}).status_code for path in paths] == [200, 404]


def test_names_of_the_keys_that_have_a_value(park: httpx.Client) -> None:
    assert park.get("/api/plugins/telemetry/DEVICE/device-1/keys/timeseries").json() == ["nivel", "total"]


def test_without_keys_all_latest(park: httpx.Client) -> None:
    assert set(park.get("/api/plugins/telemetry/DEVICE/device-1/values/timeseries").json()) == {"nivel", "total"}


def test_a_gateway_that_does_not_forward_the_order(tdata: httpx.Client) -> None:
    tdata.post("/_sim/faults", json={"ignores_order": 1})
    times = [point["ts"] for point in history(tdata, orderBy="ASC", limit=5)["5003"]]
    assert times == sorted(times, reverse=True)
    assert times[0] == LAST


def test_a_gateway_that_does_not_forward_the_types(tdata: httpx.Client) -> None:
    tdata.post("/_sim/faults", json={"other_types": 1})
    assert tdata.get(VALUES, params={"keys": "5002"}).json()["5002"][0]["value"] == 1.3
    assert history(tdata, useStrictDataTypes="true")["5003"][0]["value"] == "12086"


def test_a_page_in_no_order(tdata: httpx.Client) -> None:
    plain = history(tdata)["5003"]
    tdata.post("/_sim/faults", json={"shuffled": 1})
    mixed = history(tdata)["5003"]
    assert mixed != plain
    assert sorted(mixed, key=lambda point: -point["ts"]) == plain


@pytest.mark.parametrize("query", [{"limit": "x"}, {"endTs": "x"}, {"agg": "AVG"}])
def test_arguments_that_cannot_be_read(tdata: httpx.Client, query: dict[str, str]) -> None:
    response = tdata.get(VALUES, params={"keys": "5003", "startTs": 1, "endTs": 2} | query)
    assert response.json()["errorCode"] == 31


def test_a_key_with_a_comma_is_named_by_repeating_the_parameter(tdata: httpx.Client) -> None:
    assert set(tdata.get(VALUES, params={"keys": ["5001", "5003"]}).json()) == {"5001", "5003"}
