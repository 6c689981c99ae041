"""The impact of a correction nobody has confirmed: Telemetry says what would be measured, and nothing is stored."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_httpserver import HTTPServer

from compliance_service.clients.replay import REPLAY, Replayed
from compliance_service.clients.telemetry import Measured
from compliance_service.impact.suppose import overlaid
from compliance_service.submissions.models import ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import SLOT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
POINT = UUID(int=7)
SUPPOSE = {"config": {"sensor_depth": 61.0}, "valid_from": SLOT.isoformat()}


@pytest.fixture(autouse=True)
def replaying(httpserver: HTTPServer, settings: Any) -> None:
    """Telemetry's replay is the test's server."""
    settings.TELEMETRY_URL = httpserver.url_for("").rstrip("/")


def would_be(server: HTTPServer, *rows: dict[str, Any]) -> None:
    said = {"new": 0, "changed": len(rows), "gone": 0, "same": 9, "rows": list(rows), "resume": None}
    server.expect_request(REPLAY, method="POST").respond_with_json(said)


def other(hour: int, variable: str, value: float | None, quality: int = 1, *reasons: str) -> dict[str, Any]:
    after = {"value": value, "quality": quality, "reasons": list(reasons)}
    return {"variable": variable, "time": (SLOT + hour * HOUR).isoformat(), "before": None, "after": after}


def ask(client: Any, work: Any, **changes: Any) -> Any:
    body = {"from": "2024-05-13", "to": "2024-05-13", "suppose": SUPPOSE} | changes
    return client.post(f"/api/compliance/book/{work.id}/impact/", body, format="json")


def test_hours_that_would_differ_are_listed_before_anybody_confirms(
    work: Any, client: Any, httpserver: HTTPServer
) -> None:
    would_be(httpserver, other(1, "water_table", 10.854), other(2, "water_table", 9.8541), other(2, "level", 5.0))
    before = list(ComplianceData.objects.order_by("slot_at").values())
    said = ask(client, work).json()
    (hour,) = said["results"]
    assert hour["slot_at"] == "2024-05-13T15:00:00Z"
    assert hour["differences"] == [{"field": "nivelFreaticoDelPozo", "sent": "9.85", "now": "10.85", "by": "1.00"}]
    assert (said["compared"], said["differ"]) == (3, 1)
    assert said["note"].splitlines()[2] == "«nivelFreaticoDelPozo»: 1 distintas, entre +1.00 y +1.00."
    assert list(ComplianceData.objects.order_by("slot_at").values()) == before


def test_telemetry_is_asked_about_the_point_and_the_configuration(
    work: Any, client: Any, httpserver: HTTPServer
) -> None:
    would_be(httpserver)
    assert ask(client, work).json()["differ"] == 0
    asked = [request.get_json() for request, _ in httpserver.log]
    assert {one["point"] for one in asked} == {str(work.point_id)}
    assert all(one["suppose"]["config"] == SUPPOSE["config"] for one in asked)


def test_what_would_not_leave_says_why(work: Any, client: Any, httpserver: HTTPServer) -> None:
    would_be(httpserver, other(0, "flow", 90.0, 4, "above_max"))
    (hour,) = ask(client, work).json()["results"]
    assert (hour["reason"], hour["differences"]) == ("above_max", [])


def test_a_configuration_that_telemetry_refuses_names_the_field(work: Any, client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY).respond_with_json({"detail": "sensor_depth: no es un número"}, status=400)
    answer = ask(client, work)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (400, "suppose.config")
    assert "sensor_depth: no es un número" in error["problem"]


def test_the_fields_that_telemetry_names_are_named(work: Any, client: Any, httpserver: HTTPServer) -> None:
    errors = [
        {"field": "suppose.config.sensor_depth", "problem": "no es un número", "received": "x", "expected": "metros"},
        {"field": "suppose.config.digits", "problem": "no existe", "received": None, "expected": ""},
    ]
    httpserver.expect_request(REPLAY).respond_with_json({"detail": "no", "errors": errors}, status=400)
    answer = ask(client, work)
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)


def test_with_telemetry_away_it_says_so(work: Any, client: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY).respond_with_data("", status=503)
    answer = ask(client, work)
    assert (answer.status_code, answer.json()["code"]) == (502, "unreachable")
    assert answer.json()["detail"].startswith("No se pudo calcular la suposición: telemetry no está disponible")


def test_a_supposition_of_years_ago_is_come_to_month_by_month(work: Any, client: Any, httpserver: HTTPServer) -> None:
    would_be(httpserver, other(1, "water_table", 10.854))
    since = SLOT - timedelta(days=730)
    said = ask(client, work, suppose=SUPPOSE | {"valid_from": since.isoformat()}).json()
    assert said["differ"] == 1
    asked = [request.get_json() for request, _ in httpserver.log]
    spans = [datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"]) for one in asked]
    assert max(spans) <= timedelta(days=2)
    ends = sorted(datetime.fromisoformat(one["to"]) for one in asked)
    assert max(later - earlier for earlier, later in pairwise([since, *ends])) == timedelta(days=31)
    assert [one["limit"] for one in asked].count(1) == 730 // 31


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"suppose": None}, "suppose"),
        ({"suppose": SUPPOSE | {"config": []}}, "suppose.config"),
        ({"suppose": SUPPOSE | {"valid_from": "ayer"}}, "suppose.valid_from"),
        ({"suppose": SUPPOSE | {"point": str(uuid4())}}, "suppose.point"),
        ({"suppose": SUPPOSE | {"more": 1}}, "suppose.more"),
        ({"suppose": SUPPOSE | {"valid_from": "2014-05-13T00:00:00Z"}}, "suppose.valid_from"),
        ({"to": "2024-05-21"}, "to"),
        ({"to": "2024-07-21"}, "to"),
        ({"more": 1}, "more"),
    ],
)
def test_what_makes_no_sense_names_the_field(work: Any, client: Any, changes: dict[str, Any], field: str) -> None:
    answer = ask(client, work, **changes)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_others_see_nothing(work: Any, client: Any) -> None:
    assert ask(api_client(user_token(points=[])), work).status_code == 404


def test_what_is_measured_is_overlaid_with_what_would_be() -> None:
    rows = [Measured(POINT, "flow", SLOT + hour * HOUR, 1.0, 1, (), 3, "2024-05-13T14:01:00Z") for hour in range(2)]
    others = [
        Replayed("flow", SLOT, (2.0, 3, ("unit_slip",))),
        Replayed("flow", SLOT + HOUR, None),
        Replayed("flow", SLOT + 2 * HOUR, (4.0, 1, ())),
    ]
    first, second = overlaid(rows, others, POINT)
    assert (first.value, first.quality, first.reasons, first.config_version) == (2.0, 3, ("unit_slip",), 3)
    assert (second.time, second.value, second.quality, second.config_version) == (SLOT + 2 * HOUR, 4.0, 1, None)
