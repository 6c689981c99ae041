"""A real installation of Core alone: started, hurt, healed and stopped."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import httpx
import pytest

from deploy.native import lifecycle, orphans
from deploy.native.account import choose_account
from deploy.native.checks.servers import free_port
from deploy.native.problem import Problem
from deploy.native.state import ROOT, Installation, open_installation
from deploy.native.supervise import Supervisor

PORTS = ("HTTP_PORT", "CORE_PORT", "TELEMETRY_PORT", "COMPLIANCE_PORT", "POSTGRES_PORT", "REDIS_PORT")
CORE = ["core"]
EVERYTHING = ["core", "telemetry", "compliance"]


def quiet(text: str) -> None:
    """Nobody reads along."""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    # Not pytest's own folder: that one is closed to the account the services run under.
    folder = Path(tempfile.mkdtemp(prefix="stack-native-"))
    account = choose_account("nobody", ROOT, Path(sys.executable))
    made = open_installation(folder, account, {name: str(free_port()) for name in PORTS})
    try:
        lifecycle.start(made, CORE, quiet)
        yield made
    finally:
        lifecycle.stop(made, EVERYTHING, quiet)
        rmtree(folder, ignore_errors=True)


def pid_of(installation: Installation, name: str) -> int:
    return int(Supervisor(installation).states()[name]["pid"])


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.1)


def is_ready(installation: Installation) -> bool:
    return lifecycle.readiness(installation, "core")[0]


def test_only_what_was_asked_for_runs(installation: Installation) -> None:
    up = {name for name, state in Supervisor(installation).states().items() if state["pid"]}
    assert up == {"nginx", "postgres", "redis", "core-web", "core-worker", "core-beat"}


def test_it_answers_behind_nginx(installation: Installation) -> None:
    front = lifecycle.address(installation)
    assert httpx.get(f"{front}/ready/core", trust_env=False).json()["status"] == "ready"
    assert httpx.get(f"{front}/metrics", trust_env=False).status_code == 404
    assert httpx.get(f"{front}/admin/login/", trust_env=False).status_code == 200
    assert httpx.get(f"{front}/static/admin/css/base.css", trust_env=False).status_code == 200


def test_figures_of_all_processes_are_there_on_the_inside(installation: Installation) -> None:
    answer = httpx.get(f"http://127.0.0.1:{installation.ports['core']}/metrics", trust_env=False)
    assert "stack_http_requests_total" in answer.text


@pytest.mark.parametrize("name", ["core-web", "redis", "nginx", "postgres"])
def test_a_killed_process_comes_back_by_itself(installation: Installation, name: str) -> None:
    before = pid_of(installation, name)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: pid_of(installation, name) not in {0, before} and is_ready(installation))


def test_start_brings_everything_back_after_the_supervisor_was_killed(installation: Installation) -> None:
    left_behind = pid_of(installation, "core-web")
    os.kill(int(installation.path("run", "supervisord.pid").read_text()), signal.SIGKILL)
    wait_until(lambda: not Supervisor(installation).is_running())
    lifecycle.start(installation, CORE, quiet)
    assert is_ready(installation)
    assert pid_of(installation, "core-web") != left_behind
    assert left_behind not in orphans.find(installation.folder)


def test_started_twice_changes_nothing(installation: Installation) -> None:
    before = pid_of(installation, "core-web")
    lifecycle.start(installation, CORE, quiet)
    assert pid_of(installation, "core-web") == before


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        given = {name: str(free_port()) for name in PORTS} | {"CORE_PORT": str(taken.getsockname()[1])}
        other = open_installation(tmp_path / "other", choose_account("nobody", ROOT, Path(sys.executable)), given)
        with pytest.raises(Problem, match="CORE_PORT") as stopped:
            lifecycle.start(other, CORE, quiet)
    assert "\n" not in str(stopped.value)


def test_a_wrong_choice_stops_the_start_before_anything_is_touched(installation: Installation) -> None:
    before = pid_of(installation, "core-web")
    wrong = replace(installation, given={**installation.given, "LOG_LEVEL": "LOUD"})
    with pytest.raises(SystemExit, match="LOG_LEVEL is 'LOUD': it must be one of"):
        lifecycle.start(wrong, CORE, quiet)
    assert (pid_of(installation, "core-web"), is_ready(installation)) == (before, True)


def test_a_changed_choice_is_taken_up_by_what_runs(installation: Installation) -> None:
    before = pid_of(installation, "core-worker")
    changed = replace(installation, given={**installation.given, "LOG_LEVEL": "WARNING"})
    lifecycle.start(changed, CORE, quiet)
    wait_until(lambda: pid_of(installation, "core-worker") not in {0, before})
    assert b"LOG_LEVEL=WARNING" in Path(f"/proc/{pid_of(installation, 'core-web')}/environ").read_bytes()
    lifecycle.start(installation, CORE, quiet)


def test_a_wrong_variable_stops_the_start_with_one_line(installation: Installation) -> None:
    environment = installation.environment("core") | {"STATEMENT_TIMEOUT_MS": "soon"}
    command = lifecycle.manage_command(installation, "core", ["check"])
    said = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert said.stderr.strip().splitlines() == [
        "STATEMENT_TIMEOUT_MS is 'soon': it must be a whole number from 0 to 2147483647"
    ]


def test_stop_ends_all_it_started_and_nothing_else(installation: Installation) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lifecycle.stop(installation, EVERYTHING, quiet)
        assert orphans.find(installation.folder) == []
        assert stranger.poll() is None
    finally:
        stranger.terminate()
        stranger.wait()
