"""`bench faults` in small: workers are killed, the database crashes, answers are lost, and every goal is met."""

import os
import subprocess
import sys

from deploy.native.state import ROOT

GOALS = 9  # lines with a goal


def test_a_campaign_with_everything_going_wrong_meets_every_goal() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "STACK_VENV") if name in os.environ}
    command = [sys.executable, "-m", "tests.benchmarks.bench_faults"]
    environment = kept | {"BENCH_SUBMISSIONS": "600"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    verdicts = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith((" ok", " short"))]
    assert verdicts.count("short") == 0, done.stdout
    assert len(verdicts) > GOALS
    ours = next(line for line in done.stdout.splitlines() if line.startswith("sent again after reading"))
    assert int(ours.split()[-3]) == 0
    assert int(ours.split()[-2].replace(",", "")) > 0  # the naive sender, under the same faults, does
