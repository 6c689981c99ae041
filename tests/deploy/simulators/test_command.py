import json
import subprocess
import sys
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
