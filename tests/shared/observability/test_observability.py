import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.observability import health
from shared.observability.logging import JsonFormatter
from shared.observability.redaction import redact, redact_mapping
from shared.observability.request_id import begin_task, end

SECRET = "thing-token-000"


def line(**extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord({"name": "test", "levelname": "INFO", "msg": "done", **extra})
    return dict(json.loads(JsonFormatter(service="core").format(record)))


def test_a_log_line_says_which_task_and_request_it_belongs_to() -> None:
    begin_task("task-1", "abcdef123456")
    try:
        said = line(rows=3)
    finally:
        end()
    assert (said["service"], said["task_id"], said["request_id"], said["rows"]) == ("core", "task-1", "abcdef123456", 3)


def test_what_is_called_like_a_secret_is_masked_in_logs() -> None:
    assert SECRET not in json.dumps(line(access_token=SECRET, request={"headers": {"Authorization": SECRET}}))


@pytest.mark.parametrize("name", ["password", "api_key", "Device-Token", "rut_password", "credentials"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert redact_mapping({name: SECRET}) == {name: "***"}


def test_the_longest_secret_is_masked_first() -> None:
    assert redact("/things/abcdefgh/x?abcd", ["abcd", "abcdefgh", "x"]) == "/things/***/x?***"


@pytest.mark.django_db
def test_ready_needs_the_database_and_its_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    assert APIClient().get("/ready").json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok"}
    monkeypatch.setitem(health.CHECKS, "migrations", lambda: "1 migrations to apply")
    response = APIClient().get("/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")


@pytest.mark.django_db
def test_without_the_broker_the_service_is_ready_and_says_so(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = APIClient().get("/ready")
    assert response.status_code == 200
    assert "sweep" in response.json()["checks"]["broker"]


COUNTING = """
from shared.observability.process_files import name_files_by_process
name_files_by_process()
from shared.observability import metrics
metrics.TASKS.labels("core", "core.echo", "done").inc(2)
"""


def test_metrics_of_several_processes_add_up(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTING], env=environment, check=True)
    assert {file.name.rpartition("-")[0] for file in tmp_path.iterdir()} >= {f"counter_{socket.gethostname()}"}
    read = "from shared.observability import metrics as m; print(m.generate_latest(m._registry()).decode())"
    shown = subprocess.run([sys.executable, "-c", read], env=environment, check=True, capture_output=True, text=True)
    assert 'stack_tasks_total{outcome="done",service="core",task="core.echo"} 4.0' in shown.stdout
