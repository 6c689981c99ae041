"""Surface works, by channel and by flow meter, to their receipts at the strict simulator."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from compliance_service.receipts.models import Receipt
from compliance_service.receipts.read_back import read_back
from deploy.simulators.dga.app import dga
from deploy.simulators.scenario import Work, read_scenario
from deploy.simulators.web import running
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Clock, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
CHANNEL, PIPE, SPRING = "OB-0101-103", "OB-0101-108", "OB-0101-109"
WHO = {"informant": "12345678-5", "password": "synthetic-secret"}
WORKS = {
    CHANNEL: Work(CHANNEL, "superficiales", **WHO),
    PIPE: Work(PIPE, "superficiales/flujometro", **WHO),
    SPRING: Work(SPRING, "subterraneas", **WHO, level_may_be_empty=True),
}


@pytest.fixture
def surface(clock: Clock, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Regulator]:
    monkeypatch.delenv("STACK_CLOCK_FILE", raising=False)
    scenario = replace(read_scenario("demo"), faults={}, works=WORKS, strict=True)
    with (
        running(dga(scenario, lambda: clock.at, tmp_path / "dga.db")) as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        settings.DGA_BASE_URL = f"{url}/api/v1"
        settings.OUTBOUND_ALLOW = ["127.0.0.1"]
        yield Regulator(url, http)


@pytest.mark.parametrize(
    ("code", "terms", "measured", "document"),
    [
        (
            CHANNEL,
            {"resource": "superficial"},
            {"flow": 16.54, "level": 0.05},
            {"caudal": "16.54", "alturaLimnimetrica": "5"},
        ),
        (PIPE, {"resource": "flujometro"}, {"flow": 15.31, "total": 50.7}, {"caudal": "15.31", "totalizador": "50"}),
        (
            SPRING,
            {"level_may_be_empty": True},
            {"flow": 0.5, "total": 7.0},
            {"caudal": "0.50", "totalizador": "7", "nivelFreaticoDelPozo": ""},
        ),
    ],
)
def test_a_work_ends_in_a_receipt_that_is_read_back(
    surface: Regulator,
    make_config: Make,
    telemetry: Telemetry,
    run: Make,
    code: str,
    terms: dict[str, Any],
    measured: dict[str, float],
    document: dict[str, str],
) -> None:
    config = make_config(code, terms=terms)
    for variable, value in measured.items():
        telemetry.set(config.point_id, variable, value, 1)
    assert run() == 1
    (record,) = surface.records()
    moment = {"fechaMedicion": "2024-05-13", "horaMedicion": "10:00:00"}
    assert record["document"] == document | moment
    assert Receipt.objects.get().voucher == record["voucher"]
    read_back(LOOK + DAY)
    assert Receipt.objects.get().verdict == "matches"


def test_a_work_of_one_resource_is_not_taken_at_another(
    surface: Regulator, make_config: Make, telemetry: Telemetry, run: Make, submission_of: Make
) -> None:
    config = make_config(CHANNEL, terms={"resource": "flujometro"})
    telemetry.set(config.point_id, "flow", 1.0, 1)
    telemetry.set(config.point_id, "total", 1.0, 1)
    run()
    assert (submission_of(config).status, surface.records()) == ("HELD", [])


def test_the_strict_simulator_takes_no_field_that_the_resource_does_not_have(surface: Regulator) -> None:
    who = {"password": "synthetic-secret", "rutEmpresa": "76000000-0", "rutUsuario": "12345678-5"}
    said = {"caudal": "1.00", "alturaLimnimetrica": "5", "fechaMedicion": "2024-05-13", "horaMedicion": "10:00:00"}
    headers = {"codigoObra": CHANNEL, "timeStampOrigen": "2024-05-13T10:00:00-0000"}

    def post(**more: str) -> int:
        body = {"autenticacion": who, "medicionSuperficial": said | more}
        return surface.http.post("/api/v1/mediciones/superficiales", json=body, headers=headers).status_code

    assert post(totalizador="1") == 400
    assert post(alturaLimnimetrica="5.2") == 400
    assert post() == 200


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"resource": "mar"}, "terms.resource"),
        ({"resource": "flujometro", "level_may_be_empty": True}, "terms.level_may_be_empty"),
        ({"level_may_be_empty": "si"}, "terms.level_may_be_empty"),
        ({"channel": "fax"}, "terms.channel"),
        ({"recurso": "x"}, "terms.recurso"),
    ],
)
def test_wrong_terms_are_named(make_point: Make, terms: dict[str, Any], field: str) -> None:
    said = {
        "point": str(make_point().id),
        "source": "DGA",
        "work_code": CHANNEL,
        "standard": "MAYOR",
        "informant_rut": "12345678-5",
        "company_rut": "76000000-0",
        "password": "synthetic-secret",
        "start_date": SLOT.isoformat(),
        "terms": terms,
    }
    response = api_client(user_token()).post("/api/compliance/configs/", said, format="json")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])
