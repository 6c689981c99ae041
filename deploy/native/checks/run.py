"""The test command: everything that must hold, two checks at a time, and a line for each at the end."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from deploy.native.checks.plan import Check, chosen, everything
from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT

LANES = 2
NO_TESTS = 5  # pytest's exit status for a run that collected none
_printing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Result:
    check: Check
    status: int
    seconds: float


def main(arguments: Sequence[str]) -> int:
    began = time.monotonic()
    with own_servers() as servers:
        checks = chosen(arguments, servers) if arguments else everything(servers)
        results = list(_run_all(checks))
    return _conclude(results, time.monotonic() - began)


def _run_all(checks: Sequence[Check]) -> Iterator[Result]:
    with ThreadPoolExecutor(max_workers=LANES) as pool:
        running = [pool.submit(_run, check) for check in checks if not check.alone]
        for done in as_completed(running):
            yield done.result()
    for check in checks:
        if check.alone:
            yield _run(check)


def _run(check: Check) -> Result:
    """Prints what the check said when it ends: two lanes at once would mix their lines."""
    began = time.monotonic()
    process = subprocess.run(
        check.command,
        env=check.environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    result = Result(check, process.returncode, time.monotonic() - began)
    with _printing:
        sys.stdout.write(f"=== {check.name} ({result.seconds:.0f} s)\n{process.stdout}")
        sys.stdout.flush()
    return result


def _conclude(results: Sequence[Result], seconds: float) -> int:
    failed = [result for result in results if result.status]
    lines = [
        f"{'failed' if result.status else 'ok':7} {result.seconds:5.0f} s  {result.check.name}" for result in results
    ]
    sys.stdout.write("\n".join(["", *lines, "", f"{len(results)} checks in {seconds:.0f} s, {len(failed)} failed\n"]))
    if any(result.status == NO_TESTS for result in failed):
        sys.stdout.write("A run collected no tests: is the path right?\n")
    return 1 if failed or not results else 0
