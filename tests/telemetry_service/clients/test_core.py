"""Our client of Core reads what the contract's example says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer
from telemetry_service.clients.core import CHANGES, point_changes

CONTRACT = Path(__file__).parents[3] / "tests" / "contract" / "points_changes.json"


@pytest.fixture
def client(httpserver: HTTPServer) -> ServiceClient:
    return ServiceClient(httpserver.url_for("").rstrip("/"), "core")


def test_the_contract(httpserver: HTTPServer, client: ServiceClient) -> None:
    body = json.loads(CONTRACT.read_text(encoding="utf-8"))
    httpserver.expect_request(CHANGES, query_string={"cursor": "abc", "limit": "500"}).respond_with_json(body)
    page = point_changes(client, cursor="abc")
    first = body["results"][0]
    assert len(page.changes) == len(body["results"])
    assert (str(page.changes[0].id), page.changes[0].code) == (first["id"], first["code"])
    assert [str(page.changes[0].latitude), str(page.changes[0].longitude), page.changes[0].altitude] == [
        first["latitude"].rstrip("0"),
        first["longitude"].rstrip("0"),
        500.0,
    ]
    assert page.changes[1].altitude is None
    assert page.changes[0].configs[0].version == first["configs"][0]["version"]
    assert (page.cursor, page.more) == (body["next"], body["more"])


def test_from_the_start(httpserver: HTTPServer, client: ServiceClient) -> None:
    httpserver.expect_request(CHANGES, query_string={"limit": "500"}).respond_with_json(
        {"results": [], "next": "c", "more": False}
    )
    assert point_changes(client, cursor="").cursor == "c"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"results": [{}], "next": "c", "more": False},
        {"results": [{"id": "no es un uuid"}], "next": "c", "more": False},
        {"results": None, "next": "c", "more": False},
    ],
)
def test_an_answer_that_is_not_of_the_contract_is_named_so(
    httpserver: HTTPServer, client: ServiceClient, body: dict[str, Any]
) -> None:
    httpserver.expect_request(CHANGES).respond_with_json(body)
    with pytest.raises(BadAnswer, match="core"):
        point_changes(client, cursor="")


def test_a_time_without_a_zone_is_refused(httpserver: HTTPServer, client: ServiceClient) -> None:
    body = json.loads(CONTRACT.read_text(encoding="utf-8"))
    body["results"][0]["updated_at"] = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None).isoformat()
    httpserver.expect_request(CHANGES).respond_with_json(body)
    with pytest.raises(BadAnswer):
        point_changes(client, cursor="")
