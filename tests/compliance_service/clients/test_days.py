"""Days as Telemetry gives them, by the contract's example."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from compliance_service.clients.telemetry import Day, days
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/telemetry_aggregate.json").read_bytes())
POINT = UUID(CONTRACT["results"][0]["point"])
START, END = datetime(2024, 3, 25, 4, tzinfo=UTC), datetime(2024, 3, 26, 4, tzinfo=UTC)


def ask(server: HTTPServer) -> list[Day]:
    client = ServiceClient(server.url_for("").rstrip("/"), "telemetry")
    try:
        return days(client, points=[POINT], variables=["flow", "volume"], start=START, end=END)
    finally:
        client.close()


def test_the_example_of_the_contract_is_read(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/telemetry/aggregate/").respond_with_json(CONTRACT)
    assert ask(httpserver) == [
        Day(POINT, "flow", date(2024, 3, 25), 2.0, 6.0),
        Day(POINT, "volume", date(2024, 3, 25), None, None),
    ]
    (request, _) = httpserver.log[0]
    assert (request.args["zone"], request.args["interval"]) == ("utc-4", "day")


def test_every_page_is_asked_for(httpserver: HTTPServer) -> None:
    first = CONTRACT | {"next": "abc"}
    httpserver.expect_ordered_request("/api/telemetry/aggregate/").respond_with_json(first)
    httpserver.expect_ordered_request("/api/telemetry/aggregate/").respond_with_json(CONTRACT)
    assert len(ask(httpserver)) == 4
    assert httpserver.log[1][0].args["cursor"] == "abc"


@pytest.mark.parametrize("wrong", [{"results": [{}]}, {"results": [{"point": "x"}], "next": None}, {}])
def test_what_nobody_can_read_is_said_to_be(httpserver: HTTPServer, wrong: object) -> None:
    httpserver.expect_request("/api/telemetry/aggregate/").respond_with_json(wrong)
    with pytest.raises(BadAnswer):
        ask(httpserver)
