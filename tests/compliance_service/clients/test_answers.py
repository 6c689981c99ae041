"""The bytes that providers sent, asked for in batches: all of them, in order, and no others."""

import base64
import hashlib
import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from compliance_service.clients.telemetry import ANSWERS, MOST_ANSWERS, AnswerId, answers
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

AT = "2024-05-13T14:01:00Z"


def body(number: int) -> bytes:
    return f"respuesta {number}".encode()


def sha256(number: int) -> str:
    return hashlib.sha256(body(number)).hexdigest()


def kept(number: int) -> dict[str, Any]:
    encoded = base64.b64encode(body(number)).decode()
    return {"id": str(number), "received_at": AT, "sha256": sha256(number), "body": encoded}


def ask(server: HTTPServer, count: int) -> list[tuple[str, bytes]]:
    client = ServiceClient(server.url_for("").rstrip("/"), "telemetry")
    try:
        return list(answers(client, [AnswerId(sha256(number), str(number), AT) for number in range(count)]))
    finally:
        client.close()


def serve(server: HTTPServer, *, most: int) -> None:
    def some(request: Request) -> Response:
        asked = [int(one["id"]) for one in json.loads(request.data)["answers"]][:most]
        said = {"results": [kept(number) for number in asked], "looked_at": len(asked)}
        return Response(json.dumps(said), mimetype="application/json")

    server.expect_request(ANSWERS, method="POST").respond_with_handler(some)


@pytest.mark.parametrize(
    ("count", "most", "questions"),
    [(0, 5, 0), (1, 5, 1), (7, 3, 3), (MOST_ANSWERS + 1, 1000, 2)],
)
def test_all_come_in_their_order(httpserver: HTTPServer, count: int, most: int, questions: int) -> None:
    serve(httpserver, most=most)
    assert ask(httpserver, count) == [(sha256(number), body(number)) for number in range(count)]
    assert len(httpserver.log) == questions


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"results": [], "looked_at": 1}, "no entregó los bytes"),
        ({"results": [kept(1) | {"sha256": sha256(0)}], "looked_at": 1}, "no entregó los bytes"),
        ({"results": [kept(0) | {"body": "¿?"}], "looked_at": 1}, "ilegibles"),
        ({"results": [{"id": "0"}], "looked_at": 1}, "ilegibles"),
        ({"results": [kept(0)]}, "ilegibles"),
        ({"results": [], "looked_at": 0}, "no miró"),
    ],
)
def test_other_bytes_or_none_are_no_evidence(httpserver: HTTPServer, said: dict[str, Any], complaint: str) -> None:
    httpserver.expect_request(ANSWERS).respond_with_json(said)
    with pytest.raises(BadAnswer, match=complaint):
        ask(httpserver, 1)
