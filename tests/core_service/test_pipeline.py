from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.schedules import crontab
from pytest_httpserver import HTTPServer

from core_service import pipeline
from core_service.clients import neighbours
from shared import clock
from shared.clients.service_client import ServiceClient


@pytest.fixture
def both(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """The two neighbours behind one address."""
    clients = {name: ServiceClient(httpserver.url_for("/").rstrip("/"), name, timeout_s=1) for name in neighbours.SYNC}
    monkeypatch.setattr(pipeline, "neighbours", lambda: clients)
    yield httpserver
    for client in clients.values():
        client.close()


def test_a_hint_goes_to_both(both: HTTPServer) -> None:
    for path in neighbours.SYNC.values():
        both.expect_oneshot_request(path, method="POST", json={}).respond_with_json({"queued": True}, status=202)
    pipeline.send_change_hints()
    both.check_assertions()
    assert all(request.headers["Authorization"].startswith("Bearer ") for request, _ in both.log)


def test_one_that_is_away_does_not_keep_the_hint_from_the_other(both: HTTPServer) -> None:
    both.expect_oneshot_request(neighbours.SYNC["telemetry"]).respond_with_data("<html>", status=502)
    both.expect_oneshot_request(neighbours.SYNC["compliance"]).respond_with_json({"queued": True}, status=202)
    pipeline.send_change_hints()
    both.check_assertions()


@pytest.mark.parametrize("status", [202, 404, 502])
def test_a_hint_of_keys_goes_to_telemetry_alone_and_may_fail(both: HTTPServer, status: int) -> None:
    both.expect_oneshot_request(neighbours.SYNC_KEYS, method="POST", json={}).respond_with_json({}, status=status)
    pipeline.send_key_hints()
    both.check_assertions()
    assert len(both.log) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "ill"), [(200, 0), (503, 2)])
def test_health_counts_who_is_not_well(both: HTTPServer, status: int, ill: int, monkeypatch: Any) -> None:
    checks: dict[str, Callable[[], str]] = {"database": lambda: "ok"}
    monkeypatch.setattr(pipeline.health, "CHECKS", checks)
    both.expect_request("/ready").respond_with_json({"status": "ready"}, status=status)
    assert pipeline.check_health(clock.now()) == ill


def test_times_are_chiles() -> None:
    assert pipeline.app.conf.timezone == "America/Santiago"
    assert pipeline.SCHEDULE["cleanup"]["schedule"] == crontab(hour=2, minute=0)
    assert pipeline.SCHEDULE["health-check"]["schedule"] == crontab(minute="*/10")


def test_every_scheduled_task_exists_and_has_a_queue() -> None:
    for entry in pipeline.SCHEDULE.values():
        assert entry["task"] in pipeline.app.tasks
        assert pipeline.app.routes[entry["task"]]["queue"] in {"core.hints", "core.upkeep"}


@pytest.mark.django_db
def test_the_sweep_does_the_same_work(both: HTTPServer) -> None:
    both.expect_request("/ready").respond_with_json({"status": "ready"})
    assert [step.name for step in pipeline.SWEEP] == ["health_check", "cleanup"]
    assert [step.run(clock.now()) for step in pipeline.SWEEP][1] == 0
