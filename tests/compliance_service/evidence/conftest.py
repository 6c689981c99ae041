"""Telemetry's side: for what the tests measured, the raw rows and the bytes that it came in, over real HTTP."""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared.clients.service_client import ServiceClient
from tests.compliance_service.conftest import Telemetry

DEPTH = 60.0
RECEIVED = "2024-05-13T14:01:00Z"
CONFIG = {"sensor_depth": DEPTH, "pulse_constants": {"total": {"pulses_per_liter": 0.001}}}


@dataclass
class Origin:
    """`said`: by instant, the text of each raw key. What is measured of it stands in `telemetry`."""

    telemetry: Telemetry
    gaps: list[dict[str, Any]] = field(default_factory=list)
    lost: bool = False  # whether retention took the bytes
    past: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 100
    asked: list[int] = field(default_factory=list)  # for so many answers, each time

    def lineage(self, request: Request) -> Response:
        point, pages = UUID(request.args["point"]), int(request.args.get("cursor", "0"))
        by_time: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
        for (whose, variable, time), (value, quality, reasons) in sorted(self.telemetry.rows.items()):
            if whose == point and request.args["from"] <= time.isoformat() < request.args["to"]:
                by_time[time].append(_measured(variable, value, quality, reasons))
        instants = [self._instant(time, rows) for time, rows in by_time.items()]
        body = {
            "results": instants[pages : pages + 1],
            "next": str(pages + 1) if pages + 1 < len(instants) else None,
            "configurations": [{"version": 1, "valid_from": None, "config": CONFIG}],
            "meters": [],
        }
        return Response(json.dumps(body), mimetype="application/json")

    def _instant(self, time: datetime, rows: list[dict[str, Any]]) -> dict[str, Any]:
        body = answer_of(rows)
        return {
            "time": time.isoformat().replace("+00:00", "Z"),
            "measurements": rows,
            "past": self.past,
            "readings": [_reading(row, body, is_lost=self.lost) for row in rows],
        }

    def answers(self, request: Request) -> Response:
        """So many at a time as `at_once` says."""
        rows = self.telemetry.rows
        bodies = []
        for time in {time for _, _, time in rows}:
            found = [_measured(variable, *rest) for (_, variable, at), rest in sorted(rows.items()) if at == time]
            bodies.append(answer_of(found))
        there = {str(id_of(body)): body for body in bodies}
        asked = [one["id"] for one in json.loads(request.data)["answers"]][: self.at_once]
        self.asked.append(len(asked))
        results = [_kept(one, there[one]) for one in asked if one in there]
        return Response(json.dumps({"results": results, "looked_at": len(asked)}), mimetype="application/json")


def _kept(answer_id: str, body: bytes) -> dict[str, str]:
    encoded = base64.b64encode(body).decode()
    return {"id": answer_id, "received_at": RECEIVED, "sha256": hashlib.sha256(body).hexdigest(), "body": encoded}


def _measured(variable: str, value: float | None, quality: int, reasons: tuple[str, ...]) -> dict[str, Any]:
    return {
        "variable": variable,
        "value": value,
        "quality": quality,
        "reasons": list(reasons),
        "config_version": 1,
        "known_since": RECEIVED,
    }


def _raw(row: dict[str, Any]) -> tuple[str, str]:
    """The key that a measurement was read under, and the text."""
    if row["variable"] == "water_table":
        return "level", f"{DEPTH - row['value']:.3f}"
    return row["variable"], str(row["value"])


def answer_of(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(dict(map(_raw, rows))).encode()


def id_of(body: bytes) -> UUID:
    return UUID(bytes=hashlib.sha256(body).digest()[:16])


def _reading(row: dict[str, Any], body: bytes, *, is_lost: bool) -> dict[str, Any]:
    variable, text = _raw(row)
    return {
        "source": str(UUID(int=5)),
        "key": variable,
        "variable": variable,
        "value": text,
        "unit": "",
        "received_at": RECEIVED,
        "flags": [],
        "withdrawn": False,
        "conflict": False,
        "answer": {
            "id": str(id_of(body)),
            "received_at": RECEIVED,
            "sha256": None if is_lost else hashlib.sha256(body).hexdigest(),
            "size": len(body),
        },
    }


@pytest.fixture
def origin(telemetry: Telemetry, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    made = Origin(telemetry)
    httpserver.expect_request("/api/telemetry/lineage/").respond_with_handler(made.lineage)
    httpserver.expect_request("/api/telemetry/gaps/").respond_with_handler(
        lambda _: Response(json.dumps({"results": made.gaps, "next": None}), mimetype="application/json")
    )
    httpserver.expect_request("/api/telemetry/answers/", method="POST").respond_with_handler(made.answers)
    client = ServiceClient(httpserver.url_for("").rstrip("/"), "telemetry")
    monkeypatch.setattr("compliance_service.evidence.api.telemetry", lambda: client)
    yield made
    client.close()
