"""Providers that answer many at once, and what a test without a surrounding transaction leaves behind."""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug import Request, Response

from deploy.simulators.web import Application, route, running
from telemetry_service.collect import collector

Answer = Callable[[Request], Response | None]


class Many:
    """TagoIO over threads: a reading of `at` for every token and variable, unless `answer` says something else."""

    def __init__(self, at: datetime) -> None:
        self.at, self.url = at, ""
        self.answer: Answer = lambda request: None
        self.pause_s = 0.0
        self.asked: list[str] = []  # tokens, in their order
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()

    def serve(self, request: Request) -> Response:
        token = request.headers["Device-Token"]
        account = token.split("-")[0]
        with self._lock:
            self.asked.append(token)
            for name in (account, "all"):
                self.inside[name] += 1
                self.most[name] = max(self.most[name], self.inside[name])
        try:
            time.sleep(self.pause_s)
            return self.answer(request) or self.reading(request)
        finally:
            with self._lock:
                self.inside[account] -= 1
                self.inside["all"] -= 1

    def reading(self, request: Request, value: object = 1) -> Response:
        record = {"variable": request.args["variable"], "value": value, "time": self.at.isoformat()}
        start, end = (datetime.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        result = [record] if start <= self.at < end else []
        return Response(json.dumps({"status": True, "result": result}), 200, content_type="application/json")

    def running(self) -> AbstractContextManager[str]:
        return running(Application([route("GET", "/data", self.serve)]))


@pytest.fixture(autouse=True)
def rounds_without_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not end a round before its sources were asked."""
    monkeypatch.setattr(collector, "ROUND_S", 600.0)


@pytest.fixture
def many(now: datetime) -> Iterator[Many]:
    provider = Many(now)
    with provider.running() as provider.url:
        yield provider


@pytest.fixture
def make_account(
    many: Many, make_provider: Callable[..., Any], make_source: Callable[..., Any]
) -> Callable[..., list[Any]]:
    """An account of that provider and its sources, one variable each; their tokens begin with its name."""

    def make(name: str, count: int, *, limits: dict[str, Any] | None = None, **more: Any) -> list[Any]:
        said = {"rate": "2000/s", "retries": 0, **(limits or {})}
        account = make_provider("tago", name, base_url=many.url, limits=said)
        return [
            make_source(
                provider=account, params={"token": f"{name}-{n:03d}-secreto"}, variables={"caudal": "flow"}, **more
            )
            for n in range(count)
        ]

    return make


@pytest.fixture
def committed(transactional_db: None) -> None:
    """A test whose rows other connections see."""


def stored(*sources: Any) -> set[tuple[uuid.UUID, datetime]]:
    from telemetry_service.raw.models import RawTelemetryData

    rows = RawTelemetryData.objects.filter(source_id__in=[source.id for source in sources])
    return {(source_id, at.astimezone(UTC)) for source_id, at in rows.values_list("source_id", "device_time")}
