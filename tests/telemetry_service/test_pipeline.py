"""What beat sends exists, and the sweep reaches every duty without a message."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from shared.errors import Unreachable
from telemetry_service import pipeline

QUEUES = {"telemetry.sync", "telemetry.collect", "telemetry.process", "telemetry.upkeep"}


def test_every_scheduled_task_exists_and_has_a_queue_that_is_served() -> None:
    for entry in pipeline.SCHEDULE.values():
        name = entry["task"]
        assert name in pipeline.app.tasks
        assert pipeline.app.conf.task_routes[name]["queue"] in QUEUES
    assert {queue.name for queue in pipeline.app.conf.task_queues} == QUEUES


def test_the_times_are_those_of_the_specification_in_chile() -> None:
    assert pipeline.app.conf.timezone == "America/Santiago"
    times = {name: str(entry["schedule"]) for name, entry in pipeline.SCHEDULE.items()}
    assert "*/5 * * * *" in times["sync-telemetry-sources"]
    assert "*/10 * * * *" in times["health-check"]
    assert "0 2 * * *" in times["cleanup-old-data"]


def test_every_task_of_the_beat_has_a_step_of_the_sweep() -> None:
    names = ["sync_points", "sync_keys", "collect", "imports", "process", "look", "devices"]
    names += ["alerts", "alert_mail", "health", "clean_up", "pack_months"]
    assert [step.name for step in pipeline.SWEEP] == names
    assert all(step.every <= timedelta(days=1) for step in pipeline.SWEEP)


@pytest.mark.django_db
def test_core_away_stops_no_other_step(
    make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, httpserver: Any
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise Unreachable("core no responde")

    monkeypatch.setattr(pipeline, "point_changes", away)
    monkeypatch.setattr(pipeline, "key_changes", away)
    # The test's own transaction lives in the connection that a failed step would close.
    monkeypatch.setattr("shared.jobs.sweep.close_old_connections", lambda: None)
    httpserver.expect_request("/data").respond_with_json({"status": True, "result": []})
    source = make_source()
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("sweep", "--once", stdout=out)
    assert '"collect": 1' in out.getvalue()
    assert "core no responde" in out.getvalue()
    source.refresh_from_db()
    assert source.last_outcome == "no_data"


@pytest.mark.django_db
def test_the_months_to_come_are_there_after_the_clean_up(now: Any) -> None:
    pipeline.clean_up(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('raw_telemetry_data_y2026m03')::text")
        assert cursor.fetchone() == ("raw_telemetry_data_y2026m03",)
