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
