"""`bench NAME`: runs one benchmark of tests/benchmarks and prints a line a figure: name, value, goal, ok or short."""

import subprocess
import sys
from collections.abc import Sequence

from deploy.native.state import ROOT

FOLDER = ROOT / "tests" / "benchmarks"


def run(arguments: Sequence[str]) -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    if not arguments:
        sys.stdout.write("\n".join(names) + "\n")
        return 0
    name = arguments[0]
    if name not in names:
        sys.stderr.write(f"There is no benchmark {name!r}: it is one of {', '.join(names)}\n")
        return 2
    command = [sys.executable, "-m", f"tests.benchmarks.bench_{name}", *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
