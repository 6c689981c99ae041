"""What would be measured otherwise, as Telemetry says it, and in as many questions as its answers need."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from compliance_service.clients.replay import PIECE, REPLAY, SHORTEST, STEP, Replayed, Replays, Supposed
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer, Refused

START = datetime(2024, 3, 25, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
SUPPOSED = Supposed(UUID(int=1), {"sensor_depth": 55.0}, START)
AFTER = {"value": 35.0, "quality": 1, "reasons": ["x"]}


def row(hour: int, after: dict[str, Any] | None) -> dict[str, Any]:
    return {"variable": "level", "time": (START + hour * HOUR).isoformat(), "before": None, "after": after}


def answer(*rows: dict[str, Any], more: int = 0) -> dict[str, Any]:
    return {
        "point": str(UUID(int=1)),
        "new": 0,
        "changed": len(rows) + more,
        "gone": 0,
        "same": 4,
        "rows": list(rows),
        "resume": None,
    }


def ask(server: HTTPServer, hours: float = 8) -> list[Replayed]:
    client = ServiceClient(server.url_for("").rstrip("/"), "telemetry")
    try:
        return Replays(client, SUPPOSED).of(START, START + hours * HOUR)
    finally:
        client.close()


def test_each_row_says_what_it_would_be_or_that_it_would_go(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY, method="POST").respond_with_json(answer(row(0, AFTER), row(1, None)))
    assert ask(httpserver) == [
        Replayed("level", START, (35.0, 1, ("x",))),
        Replayed("level", START + HOUR, None),
    ]
    ((request, _),) = httpserver.log
    assert request.get_json()["suppose"] == {"config": {"sensor_depth": 55.0}, "valid_from": START.isoformat()}


def test_more_than_an_answer_holds_is_asked_for_in_halves(httpserver: HTTPServer) -> None:
    def two_at_most(request: Request) -> Response:
        said = request.get_json()
        low, high = (round((datetime.fromisoformat(said[name]) - START) / HOUR) for name in ("from", "to"))
        rows = [row(hour, AFTER) for hour in range(low, high)]
        return Response(json.dumps(answer(*rows[:2], more=len(rows[2:]))), content_type="application/json")

    httpserver.expect_request(REPLAY).respond_with_handler(two_at_most)
    assert [one.time for one in ask(httpserver)] == [START + hour * HOUR for hour in range(8)]
    assert len(httpserver.log) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        answer({}),
        answer() | {"resume": {"from": "ayer", "token": "x"}},
        answer(row(0, {"value": "mucho", "quality": 1, "reasons": []})),
        {"rows": 1},
    ],
)
def test_what_nobody_can_read_is_said_to_be(httpserver: HTTPServer, wrong: object) -> None:
    httpserver.expect_request(REPLAY).respond_with_json(wrong)
    with pytest.raises(BadAnswer):
        ask(httpserver)


def test_an_answer_that_never_shows_what_it_counts_ends(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY).respond_with_json(answer(more=1))
    with pytest.raises(BadAnswer, match="1 diferencias"):
        ask(httpserver, hours=0.05)


def spans(server: HTTPServer) -> list[tuple[float, float, str | None]]:
    """(from, to) in steps since it would hold, and what was brought along."""
    asked = [request.get_json() for request, _ in server.log]
    at = [[(datetime.fromisoformat(one[name]) - START) / STEP for name in ("from", "to")] for one in asked]
    return [(low, high, one.get("resume")) for (low, high), one in zip(at, asked, strict=True)]


def test_what_lies_years_later_is_come_to_in_steps_each_from_the_one_before(httpserver: HTTPServer) -> None:
    def got_to_the_end(request: Request) -> Response:
        end = request.get_json()["to"]
        said = answer() | {"resume": {"from": end, "token": f"at {end}"}}
        return Response(json.dumps(said), content_type="application/json")

    httpserver.expect_request(REPLAY).respond_with_handler(got_to_the_end)
    client = ServiceClient(httpserver.url_for("").rstrip("/"), "telemetry")
    replays = Replays(client, SUPPOSED)
    at = [f"at {(START + steps * STEP).isoformat()}" for steps in range(6)]
    assert replays.of(START + 2.5 * STEP, START + 2.5 * STEP + 1.5 * PIECE) == []
    last = SHORTEST / STEP
    low, high, end = (2.5 + parts * PIECE / STEP for parts in (0, 1, 1.5))
    asked = spans(httpserver)
    assert [one[0] for one in asked] == pytest.approx([1 - last, 2 - last, low, high])
    assert [one[1] for one in asked] == pytest.approx([1, 2, high, end])
    assert [one[2] for one in asked] == [None, at[1], at[2], f"at {(START + 2.5 * STEP + PIECE).isoformat()}"]
    replays.of(START - PIECE, START)  # before it would hold
    assert spans(httpserver)[-1] == (-PIECE / STEP, 0, None)
    client.close()


def test_where_nothing_was_settled_no_step_is_made_twice(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY).respond_with_json(answer())
    client = ServiceClient(httpserver.url_for("").rstrip("/"), "telemetry")
    replays = Replays(client, SUPPOSED)
    for _ in range(2):
        replays.of(START + 3 * STEP, START + 3 * STEP + PIECE)
    assert [round(high, 2) for _, high, _ in spans(httpserver)] == [1, 2, *[round(3 + PIECE / STEP, 2)] * 2]
    client.close()


def test_a_configuration_that_telemetry_cannot_take_is_refused(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REPLAY).respond_with_json({"detail": "sensor_depth: no es un número"}, status=400)
    with pytest.raises(Refused, match="sensor_depth"):
        ask(httpserver)
