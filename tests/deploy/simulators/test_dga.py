import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.simulators.dga import messages
from deploy.simulators.dga.app import dga
from deploy.simulators.scenario import Scenario, make_scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock

PATH = "/api/v1/mediciones/subterraneas"
WORK = "OB-0601-101"
HEADERS = {"codigoObra": WORK, "timeStampOrigen": "2024-05-13T10:03:12-0000"}
WHO = {"password": "synthetic-secret-101", "rutEmpresa": "76000000-0", "rutUsuario": "12345678-5"}
READING = {
    "caudal": "25.70",
    "fechaMedicion": "2024-05-13",
    "horaMedicion": "10:00:00",
    "nivelFreaticoDelPozo": "0.00",
    "totalizador": "1010",
}


def send(
    client: httpx.Client,
    *,
    who: dict[str, Any] | None = None,
    reading: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    body = {"autenticacion": WHO | (who or {}), "medicionSubterranea": READING | (reading or {})}
    return client.post(PATH, json=body, headers=HEADERS if headers is None else headers)


def voucher_of(response: httpx.Response) -> str:
    return str(response.json()["data"]["numeroComprobante"])


def test_a_measurement_gets_a_voucher_of_32_letters_and_digits(regulator: httpx.Client) -> None:
    response = send(regulator)
    assert (response.status_code, response.json()["status"]) == (200, "00")
    assert response.json()["message"] == "Medición subterránea ingresada correctamente"
    assert re.fullmatch(r"[A-Za-z0-9]{32}", voucher_of(response))


def test_the_same_hour_again_is_answered_with_the_first_voucher(regulator: httpx.Client) -> None:
    voucher = voucher_of(send(regulator))
    again = send(regulator, reading={"caudal": "99.00"})
    assert again.status_code == 400
    expected = f"Ya existe un registro en esa fecha, hora para la obra. Comprobante: {voucher}"
    assert again.json() == {"status": "400", "message": expected, "data": None}
    assert regulator.get("/_sim/records").json()["results"][0]["document"]["caudal"] == "25.70"


def test_reading_back_turns_the_date_round_and_trims_zeros(regulator: httpx.Client) -> None:
    query = {"codigoObra": WORK, "numeroComprobante": voucher_of(send(regulator))}
    assert regulator.get(PATH, params=query).json() == {
        "status": "00",
        "message": "",
        "data": {
            "fechaMedicion": "13-05-2024",
            "horaMedicion": "10:00:00",
            "caudal": "25.7",
            "totalizador": "1010",
            "nivelFreaticoDelPozo": "0.0",
        },
    }


def test_an_unknown_voucher_is_not_00(regulator: httpx.Client) -> None:
    assert regulator.get(PATH, params={"codigoObra": WORK, "numeroComprobante": "x"}).json()["status"] != "00"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"who": {"rutUsuario": "11111111-1"}}, messages.NOT_THE_INFORMANT),
        ({"who": {"rutEmpresa": "1-9"}}, messages.UNKNOWN_COMPANY),
        ({"who": {"rutUsuario": "12.345.678-5"}}, messages.BAD_RUT),
        ({"who": {"password": "no"}}, messages.WRONG_PASSWORD),
        ({"headers": HEADERS | {"codigoObra": "OB-0000-1"}}, messages.UNKNOWN_WORK),
        ({"headers": {"timeStampOrigen": "x"}}, messages.NO_WORK_HEADER),
        ({"headers": {"codigoObra": WORK}}, messages.NO_ORIGIN_TIME),
        ({"reading": {"caudal": "1.5"}}, messages.BAD_FIELD.format(name="caudal")),
        ({"reading": {"caudal": "-1.50"}}, messages.BAD_FIELD.format(name="caudal")),
        ({"reading": {"totalizador": "1010.0"}}, messages.BAD_FIELD.format(name="totalizador")),
        ({"reading": {"nivelFreaticoDelPozo": ""}}, messages.BAD_FIELD.format(name="nivelFreaticoDelPozo")),
        ({"reading": {"totalizador": 1010}}, messages.BAD_BODY),
        ({"reading": {"fechaMedicion": "13-05-2024"}}, messages.BAD_FIELD.format(name="fechaMedicion, horaMedicion")),
        ({"reading": {"horaMedicion": "11:00:00"}}, messages.FUTURE),
    ],
)
def test_refusals(regulator: httpx.Client, change: dict[str, Any], message: str) -> None:
    response = send(regulator, **change)
    assert (response.status_code, response.json()["message"]) == (400, message)
    assert regulator.get("/_sim/stats").json()["accepted"] == 0


def test_a_body_that_is_no_json(regulator: httpx.Client) -> None:
    response = regulator.post(PATH, content=b"{", headers=HEADERS | {"Content-Type": "application/json"})
    assert response.json()["message"] == messages.BAD_BODY


def test_a_lower_total_of_years_ago_is_accepted(regulator: httpx.Client) -> None:
    send(regulator)
    assert send(regulator, reading={"fechaMedicion": "2020-01-01", "totalizador": "1"}).json()["status"] == "00"


def test_stored_but_never_answered(regulator: httpx.Client) -> None:
    regulator.post("/_sim/faults", json={"timeout_after_storing": {"rate": 1, "first_attempts": 1}})
    with pytest.raises(httpx.TransportError):
        send(regulator)
    assert regulator.get("/_sim/stats").json()["accepted"] == 1
    assert "Comprobante: " in send(regulator).json()["message"]


def test_slow_enough_to_time_out(regulator: httpx.Client) -> None:
    regulator.post("/_sim/faults", json={"timeout_after_storing": {"rate": 1, "seconds": 1, "first_attempts": 1}})
    regulator.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        send(regulator)


@pytest.mark.parametrize(
    ("fault", "status", "accepted"),
    [("html_502", 502, 0), ("html_403", 403, 0), ("rate_limited", 429, 0), ("empty_body", 200, 1)],
)
def test_answers_that_are_no_json(regulator: httpx.Client, fault: str, status: int, accepted: int) -> None:
    regulator.post("/_sim/faults", json={fault: 1})
    response = send(regulator)
    assert response.status_code == status
    assert not response.text.startswith("{")
    stats = regulator.get("/_sim/stats").json()
    assert (stats["accepted"], stats["faults"]) == (accepted, {fault: 1})


def test_ok_without_voucher(regulator: httpx.Client) -> None:
    regulator.post("/_sim/faults", json={"ok_without_voucher": 1})
    response = send(regulator).json()
    assert (response["status"], response["data"]) == ("00", None)


def test_duplicate_without_voucher(regulator: httpx.Client) -> None:
    regulator.post("/_sim/faults", json={"duplicate_without_voucher": 1})
    assert send(regulator).json()["status"] == "00"
    assert send(regulator).json()["message"] == messages.DUPLICATE


def test_slow_is_late_but_right(regulator: httpx.Client) -> None:
    regulator.post("/_sim/faults", json={"slow": {"rate": 1, "seconds": 0.05}})
    response = send(regulator)
    assert response.json()["status"] == "00"
    assert response.elapsed.total_seconds() >= 0.05


def test_a_restart_forgets_nothing(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> None:
    state = tmp_path / "dga.db"
    with running(dga(scenario, clock.read, state)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        voucher = voucher_of(send(client))
    with running(dga(scenario, clock.read, state)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert voucher in send(client).json()["message"]
        assert client.get("/_sim/log").json()["results"][-1]["attempt"] == 2


def test_passwords_are_kept_nowhere(regulator: httpx.Client, tmp_path: Path) -> None:
    send(regulator)
    assert WHO["password"] not in regulator.get("/_sim/log").text + regulator.get("/_sim/records").text
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert WHO["password"].encode() not in kept


@pytest.mark.parametrize(
    ("path", "name", "reading"),
    [
        ("superficiales", "medicionSuperficial", {"alturaLimnimetrica": "5", "caudal": "16.54"}),
        ("superficiales/flujometro", "medicionSuperficialFlujometro", {"caudal": "15.31", "totalizador": "50"}),
    ],
)
def test_the_surface_resources(
    clock: VirtualClock, tmp_path: Path, path: str, name: str, reading: dict[str, str]
) -> None:
    work = {"code": WORK, "resource": path, "informant": WHO["rutUsuario"], "password": WHO["password"]}
    scenario = make_scenario({"companies": [WHO["rutEmpresa"]], "works": [work]})
    moment = {"fechaMedicion": "2023-09-07", "horaMedicion": "09:00:00"}
    with running(dga(scenario, clock.read, tmp_path / "dga.db")) as url:
        body = {"autenticacion": WHO, name: reading | moment}
        response = httpx.post(f"{url}/api/v1/mediciones/{path}", json=body, headers=HEADERS, trust_env=False)
        query = {"codigoObra": WORK, "numeroComprobante": voucher_of(response)}
        found = httpx.get(f"{url}/api/v1/mediciones/{path}", params=query, trust_env=False).json()
    assert found["data"] == reading | {"fechaMedicion": "07-09-2023", "horaMedicion": "09:00:00"}
