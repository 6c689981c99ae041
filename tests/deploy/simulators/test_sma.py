"""SMA's simulator: what Res. 254 says of it, and every switch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.simulators.scenario import BadScenario, Scenario, make_scenario
from deploy.simulators.sma import messages
from deploy.simulators.sma.app import sma
from deploy.simulators.web import running
from shared.clock import VirtualClock

AUTH, PATH = "/api/v1/auth", "/api/v1/ufs/1234/procesos/567/registros"
WHO = {"usuario": "76000000-0", "password": "synthetic-secret-sma"}
STAMP = "2024-05-13T10:03:00"


@pytest.fixture
def desk(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> Iterator[httpx.Client]:
    application = sma(scenario, clock.read, tmp_path / "sma.db")
    with running(application) as url, httpx.Client(base_url=url, trust_env=False, timeout=5) as client:
        yield client


def body(*devices: str, stamp: str = STAMP, **changes: Any) -> list[dict[str, Any]]:
    """A call with the parameters as they are registered; `changes` go into each first parameter."""

    def parameter(name: str, value: str, unit: str) -> dict[str, Any]:
        return {"nombre": name, "valor": value, "unidad": unit, "estampaTiempo": stamp}

    rows = [
        {"dispositivoId": device, "parametros": [parameter("Q", "42.5", "l/s"), parameter("VA", "42500", "m3")]}
        for device in devices or ("8901",)
    ]
    for row in rows:
        row["parametros"][0] |= changes  # type: ignore[index]
    return rows


def log_in(desk: httpx.Client, **changes: Any) -> httpx.Response:
    return desk.post(AUTH, json=WHO | changes)


@pytest.fixture
def token(desk: httpx.Client) -> str:
    return str(log_in(desk).json()["token"])


def send(desk: httpx.Client, token: str, said: Any = None, path: str = PATH) -> httpx.Response:
    return desk.post(path, json=body() if said is None else said, headers={"Authorization": f"Bearer {token}"})


def records(desk: httpx.Client, **query: str) -> list[dict[str, Any]]:
    return list(desk.get("/_sim/records", params=query).json()["results"])


def test_a_log_in_gives_a_token_that_lets_records_in(desk: httpx.Client, token: str) -> None:
    response = send(desk, token)
    assert (response.status_code, set(response.json())) == (200, {"mensaje", "IdVerificacion"})
    (kept,) = records(desk, process="1234/567")
    assert (kept["device"], kept["stamp"], kept["verification"]) == ("8901", STAMP, response.json()["IdVerificacion"])
    assert [one["valor"] for one in kept["document"]] == ["42.5", "42500"]


@pytest.mark.parametrize("changes", [{"password": "otra"}, {"usuario": "11111111-1"}])
def test_a_wrong_log_in_is_401(desk: httpx.Client, changes: dict[str, str]) -> None:
    assert log_in(desk, **changes).status_code == 401


@pytest.mark.parametrize("said", [[], {}, {"usuario": "x"}, {"usuario": 1, "password": "x"}, "x"])
def test_a_log_in_that_is_none_is_400(desk: httpx.Client, said: Any) -> None:
    assert desk.post(AUTH, json=said).status_code == 400


def test_a_token_lives_24_hours_of_the_virtual_clock(desk: httpx.Client, clock: VirtualClock, token: str) -> None:
    start = clock.read()
    clock.freeze(start + timedelta(hours=24) - timedelta(seconds=1))
    assert send(desk, token).status_code == 200
    clock.freeze(start + timedelta(hours=24))
    expired = send(desk, token)
    assert (expired.status_code, expired.json()) == (401, {"mensaje": messages.EXPIRED})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x.y.z"}])
def test_without_a_token_nobody_gets_in(desk: httpx.Client, headers: dict[str, str]) -> None:
    assert desk.post(PATH, json=body(), headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["ufs/4321/procesos/1", "ufs/1234/procesos/1", "ufs/9/procesos/9"])
def test_a_foreign_uf_or_process_is_403(desk: httpx.Client, token: str, path: str) -> None:
    assert send(desk, token, path=f"/api/v1/{path}/registros").status_code == 403


def other_stamps() -> list[dict[str, Any]]:
    return body("8901") + body("8902", stamp="2024-05-13T10:04:00")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, messages.NOT_AN_ARRAY),
        ([], messages.NOT_AN_ARRAY),
        ([{"dispositivoId": "8901"}], messages.NOT_AN_ARRAY),
        ([{"dispositivoId": "8901", "parametros": [{"nombre": "Q"}]}], messages.NOT_AN_ARRAY),
        ([{"dispositivoId": 8901, "parametros": []}], messages.NOT_AN_ARRAY),
        (body("9999"), messages.UNKNOWN_DEVICE.format(device="9999")),
        (body("8901", "8901"), messages.DEVICE_TWICE.format(device="8901")),
        ([{"dispositivoId": "8901", "parametros": body()[0]["parametros"][:1]}], "no son los configurados"),
        ([{"dispositivoId": "8901", "parametros": body()[0]["parametros"] * 2}], "no son los configurados"),
        (body(nombre="T"), "no son los configurados"),
        (body(unidad="m3/h"), messages.WRONG_UNIT.format(name="Q")),
        (body(valor="42,5"), messages.BAD_VALUE.format(name="Q")),
        (body(valor=42.5), messages.BAD_VALUE.format(name="Q")),
        (body(valor=""), messages.BAD_VALUE.format(name="Q")),
        (body(estampaTiempo="2024-05-13 10:03:00"), messages.BAD_STAMP.format(name="Q")),
        (body(estampaTiempo="2024-05-13T10:03:00-04:00"), messages.BAD_STAMP.format(name="Q")),
        (body(estampaTiempo="2024-02-30T10:03:00"), messages.BAD_STAMP.format(name="Q")),
        (body(estampaTiempo="2024-05-13T10:02:00"), messages.STAMPS_DIFFER),
        (other_stamps(), messages.STAMPS_DIFFER),
        (body(stamp="2024-05-13T10:31:00"), messages.FUTURE),
    ],
)
def test_what_is_not_as_registered_is_400(desk: httpx.Client, token: str, said: Any, message: str) -> None:
    response = send(desk, token, said)
    assert response.status_code == 400
    assert message in response.json()["mensaje"]
    assert records(desk) == []


def test_all_devices_of_a_process_may_go_in_one_call(desk: httpx.Client, token: str) -> None:
    response = send(desk, token, body("8901", "8902"))
    assert response.status_code == 200
    assert [row["device"] for row in records(desk)] == ["8901", "8902"]


def test_not_strict_takes_numbers_and_any_unit(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> None:
    lenient = make_scenario(dict(scenario.body) | {"strict": False, "things": [], "faults": {}})
    with running(sma(lenient, clock.read, tmp_path / "x.db")) as url, httpx.Client(base_url=url) as desk:
        token = log_in(desk).json()["token"]
        assert send(desk, token, body(valor=42.5, unidad="m3/h")).status_code == 200


def test_the_first_value_of_a_stamp_wins_and_keeps_its_verification(desk: httpx.Client, token: str) -> None:
    first, again = send(desk, token), send(desk, token, body(valor="99"))
    assert (again.status_code, again.json()["IdVerificacion"]) == (200, first.json()["IdVerificacion"])
    assert records(desk)[0]["document"][0]["valor"] == "42.5"


def test_a_restart_forgets_neither_records_nor_tokens(
    scenario: Scenario, clock: VirtualClock, tmp_path: Path, desk: httpx.Client, token: str
) -> None:
    first = send(desk, token).json()
    with running(sma(scenario, clock.read, tmp_path / "sma.db")) as url, httpx.Client(base_url=url) as other:
        assert send(other, token).json() == first


def test_the_same_seed_and_clock_give_the_same_answers(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> None:
    said = []
    for name in ("a.db", "b.db"):
        with running(sma(scenario, clock.read, tmp_path / name)) as url, httpx.Client(base_url=url) as desk:
            token = log_in(desk).json()["token"]
            said.append((token, send(desk, token).content))
    assert said[0] == said[1]


def switch(desk: httpx.Client, **faults: Any) -> None:
    desk.post("/_sim/faults", json=faults).raise_for_status()


@pytest.mark.parametrize(
    ("kind", "status", "kind_of_body"),
    [
        ("html_502", 502, "text/html"),
        ("html_403", 403, "text/html"),
        ("rate_limited", 429, "text/html"),
        ("json_500", 500, "application/json"),
        ("token_refused", 401, "application/json"),
    ],
)
@pytest.mark.parametrize("what", ["login", "registros"])
def test_what_keeps_a_call_out_stores_nothing(
    desk: httpx.Client, token: str, kind: str, status: int, kind_of_body: str, what: str
) -> None:
    switch(desk, **{kind: {"rate": 1, "what": [what]}})
    response = log_in(desk) if what == "login" else send(desk, token)
    assert (response.status_code, response.headers["Content-Type"].split(";")[0]) == (status, kind_of_body)
    assert records(desk) == []


@pytest.mark.parametrize(
    ("kind", "status", "content"),
    [
        ("empty_body", 200, b""),
        ("truncated", 200, b'{"mensaje": "Registr'),
        ("ok_without_voucher", 200, b'{"mensaje": "Registros recibidos"}'),
    ],
)
def test_what_spoils_an_answer_stores_first(
    desk: httpx.Client, token: str, kind: str, status: int, content: bytes
) -> None:
    switch(desk, **{kind: 1})
    response = send(desk, token)
    assert (response.status_code, response.content, len(records(desk))) == (status, content, 1)


def test_created_is_an_acceptance_too(desk: httpx.Client, token: str) -> None:
    switch(desk, created_201=1)
    response = send(desk, token)
    assert (response.status_code, "IdVerificacion" in response.json()) == (201, True)


def test_an_answer_can_be_lost_after_storing(desk: httpx.Client, token: str) -> None:
    switch(desk, timeout_after_storing={"rate": 1, "first_attempts": 1})
    with pytest.raises(httpx.HTTPError):
        send(desk, token)
    assert len(records(desk)) == 1
    assert send(desk, token).status_code == 200


def test_a_slow_answer_is_the_right_one(desk: httpx.Client, token: str) -> None:
    switch(desk, slow={"rate": 1, "seconds": 0.2})
    response = send(desk, token)
    assert (response.status_code, response.elapsed >= timedelta(seconds=0.2)) == (200, True)


def test_a_token_can_be_made_to_expire_soon(desk: httpx.Client, clock: VirtualClock) -> None:
    switch(desk, expires_soon={"rate": 1, "seconds": 600})
    short = log_in(desk).json()["token"]
    clock.freeze(clock.read() + timedelta(seconds=600))
    assert send(desk, short).status_code == 401


@pytest.mark.parametrize(
    ("kind", "status", "has_id", "same"),
    [
        ("duplicate_refused", 400, True, True),
        ("duplicate_without_voucher", 400, False, False),
        ("duplicate_new_id", 200, True, False),
    ],
)
def test_what_a_duplicate_is_told_is_unknown_so_it_can_be_switched(
    desk: httpx.Client, token: str, kind: str, status: int, has_id: bool, same: bool
) -> None:
    switch(desk, **{kind: 1})
    first, again = send(desk, token), send(desk, token)
    said = again.json()
    assert (first.status_code, again.status_code, "IdVerificacion" in said) == (200, status, has_id)
    assert (said.get("IdVerificacion") == first.json()["IdVerificacion"]) is same


def test_no_password_or_token_is_in_what_the_simulator_says_of_itself(desk: httpx.Client, token: str) -> None:
    send(desk, token)
    said = "".join(desk.get(f"/_sim/{name}").text for name in ("log", "stats", "records", "faults"))
    assert WHO["password"] not in said
    assert token not in said
    assert desk.get("/_sim/stats").json()["received"] == {"login": 1, "registros": 1}


@pytest.mark.parametrize(
    "wrong", [{"users": [{"usuario": "1-9"}]}, {"procesos": [{"uf": "1"}]}, {"token_s": "x"}, {"others": 1}]
)
def test_a_wrong_registry_is_a_bad_scenario(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadScenario):
        make_scenario({"sma": wrong})


def test_a_stamp_is_winter_time_all_year(desk: httpx.Client, clock: VirtualClock) -> None:
    clock.freeze(datetime(2024, 12, 13, 14, 0, tzinfo=UTC))
    token = log_in(desk).json()["token"]
    assert send(desk, token, body(stamp="2024-12-13T10:00:00")).status_code == 200
    assert send(desk, token, body(stamp="2024-12-13T11:00:00")).status_code == 400
