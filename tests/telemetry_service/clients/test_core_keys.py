"""Our client of Core's keys reads what the contract's example says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer, Refused
from telemetry_service.clients.core_keys import CHANGES, USES, key_changes, tell_uses

CONTRACT = Path(__file__).parents[3] / "tests" / "contract" / "keys_changes.json"


@pytest.fixture
def client(httpserver: HTTPServer) -> ServiceClient:
    return ServiceClient(httpserver.url_for("").rstrip("/"), "core")


def example() -> Any:
    return json.loads(CONTRACT.read_text(encoding="utf-8"))


def test_the_contract(httpserver: HTTPServer, client: ServiceClient) -> None:
    body = example()
    httpserver.expect_request(CHANGES, query_string={"cursor": "abc", "limit": "500"}).respond_with_json(body)
    page = key_changes(client, cursor="abc")
    rotated, revoked = page.changes
    assert (page.cursor, page.more) == (body["next"], body["more"])
    assert [str(one) for one in rotated.sources] == body["results"][0]["sources"]
    assert [str(one) for one in revoked.points] == body["results"][1]["points"]
    assert (rotated.expires_at, rotated.revoked_at) == (datetime(2027, 3, 1, 3, tzinfo=UTC), None)
    assert (revoked.expires_at, revoked.revoked_at) == (None, datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert [one.ends_at for one in rotated.secrets] == [None, datetime(2026, 3, 9, 12, tzinfo=UTC)]
    assert rotated.secrets[0].hash_key == body["results"][0]["secrets"][0]["hash_key"]


def test_from_the_start(httpserver: HTTPServer, client: ServiceClient) -> None:
    httpserver.expect_request(CHANGES, query_string={"limit": "500"}).respond_with_json(
        {"results": [], "next": "c", "more": False}
    )
    assert key_changes(client, cursor="").cursor == "c"


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "x"), ("sources", None), ("updated_at", "2026-03-02T12:00:00"), ("secrets", [{}]), ("expires_at", 5)],
)
def test_what_is_not_of_the_contract_is_named_without_repeating_it(
    httpserver: HTTPServer, client: ServiceClient, name: str, value: Any
) -> None:
    body = example()
    body["results"][0][name] = value
    httpserver.expect_request(CHANGES).respond_with_json(body)
    with pytest.raises(BadAnswer, match="lista de claves ilegible") as error:
        key_changes(client, cursor="")
    assert error.value.__suppress_context__


def test_a_hash_key_that_is_none_is_not_shown(httpserver: HTTPServer, client: ServiceClient) -> None:
    body = example()
    body["results"][0]["secrets"][0]["hash_key"] = "no-hexadecimal"
    httpserver.expect_request(CHANGES).respond_with_json(body)
    with pytest.raises(BadAnswer) as error:
        key_changes(client, cursor="")
    assert "no-hexadecimal" not in str(error.value)


def test_uses_are_told(httpserver: HTTPServer, client: ServiceClient) -> None:
    key, at = UUID(int=7), datetime(2026, 3, 1, 12, tzinfo=UTC)
    told = {"uses": [{"key": str(key), "used_at": "2026-03-01T12:00:00+00:00"}]}
    httpserver.expect_oneshot_request(USES, method="POST", json=told).respond_with_json({"moved": 1})
    tell_uses(client, [(key, at)])
    httpserver.check_assertions()
    httpserver.expect_request(USES).respond_with_json({"detail": "no"}, status=403)
    with pytest.raises(Refused):
        tell_uses(client, [(key, at)])
