import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.simulators", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("body", [{"works": [{"code": "OB-0601-1"}]}, {"faults": {"providers": {"fire": 1}}}])
def test_a_wrong_scenario_is_one_line(tmp_path: Path, body: dict[str, Any]) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(body))
    done = run("providers", "--port", "0", "--scenario", str(path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_dga_needs_a_place_for_its_records() -> None:
    done = run("dga", "--port", "0")
    assert done.returncode == 2
    assert "--state" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["providers"],
        ["sea", "--port", "0"],
        ["mqtt", "--port", "1", "--since", "ayer"],
        ["mqtt", "--port", "1", "--since", "2024-05-13"],
    ],
)
def test_what_is_missing_or_unknown_is_said(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr.startswith("usage:")) == (2, True)


def test_a_scenario_without_mqtt_is_one_line() -> None:
    done = run("mqtt", "--port", "1", "--scenario", "demo")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_tls_writes_its_authority(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.simulators", "providers", "--port", "0", "--tls", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        limit = time.monotonic() + 20
        while not (tmp_path / "server.key").exists():
            assert time.monotonic() < limit
            time.sleep(0.05)
        assert "CERTIFICATE" in (tmp_path / "authority.pem").read_text()
    finally:
        process.terminate()
        process.wait(10)
