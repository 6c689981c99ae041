import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from compliance_service.clients.core import point_changes
from compliance_service.clients.telemetry import measurements
from compliance_service.points.models import Point, SyncCursor
from compliance_service.points.operations import sync_points
from compliance_service.points.queries import known_points
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer
from tests.compliance_service.conftest import LOOK, SLOT

CONTRACT = Path(__file__).parents[2] / "contract"


def example(name: str) -> dict[str, Any]:
    content = json.loads((CONTRACT / name).read_text())
    return dict(content.get("response", content))


@pytest.mark.django_db
def test_the_example_of_the_contract_is_applied(httpserver: HTTPServer) -> None:
    page = example("points_changes.json")
    httpserver.expect_request("/api/core/points/changes/").respond_with_json({**page, "more": False})
    client = ServiceClient(httpserver.url_for(""), "core")
    assert sync_points(read=lambda cursor: point_changes(client, cursor=cursor), now=LOOK) == len(page["results"])
    assert {str(point.id) for point in Point.objects.all()} == {row["id"] for row in page["results"]}
    assert SyncCursor.objects.get().cursor == page["next"]


@pytest.mark.django_db
def test_a_deleted_point_is_known_no_more(httpserver: HTTPServer) -> None:
    page = example("points_changes.json")
    row = {**page["results"][0], "deleted": True}
    httpserver.expect_request("/api/core/points/changes/").respond_with_json(
        {"results": [row], "next": "c", "more": False}
    )
    client = ServiceClient(httpserver.url_for(""), "core")
    sync_points(read=lambda cursor: point_changes(client, cursor=cursor), now=LOOK)
    assert known_points([row["id"]]) == {}


def test_the_example_of_telemetry_is_read(httpserver: HTTPServer) -> None:
    page = example("telemetry_data.json")
    httpserver.expect_request("/api/telemetry/data/").respond_with_json({**page, "next": None})
    client = ServiceClient(httpserver.url_for(""), "telemetry")
    rows = measurements(client, points=[], variables=["flow"], start=SLOT, end=LOOK)
    assert rows == []
    from uuid import UUID

    rows = measurements(client, points=[UUID(page["results"][0]["point"])], variables=["flow"], start=SLOT, end=LOOK)
    assert [row.variable for row in rows] == [row["variable"] for row in page["results"]]
    assert rows[0].time.utcoffset() is not None


@pytest.mark.parametrize("body", [{}, {"results": [{}], "next": None}, {"results": [1], "next": None}])
def test_an_answer_that_nobody_can_read_is_said_so(httpserver: HTTPServer, body: dict[str, Any]) -> None:
    from uuid import uuid4

    httpserver.expect_request("/api/telemetry/data/").respond_with_json(body)
    client = ServiceClient(httpserver.url_for(""), "telemetry")
    with pytest.raises(BadAnswer):
        measurements(client, points=[uuid4()], variables=["flow"], start=SLOT, end=LOOK)
