"""How long `start all` takes on an installed tree, and what the running system weighs.

PSS counts a page that several processes share once among them: the sum is what the machine really gives.
"""

import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree

from deploy.native import lifecycle, orphans
from deploy.native.account import choose_account
from deploy.native.checks.servers import free_port
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, open_installation
from tests.benchmarks.figures import say

PORTS = ("HTTP_PORT", "CORE_PORT", "TELEMETRY_PORT", "COMPLIANCE_PORT", "POSTGRES_PORT", "REDIS_PORT")
MIB = 1024
SETTLE_S = 10


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="stack-bench-"))
    account = choose_account("nobody", ROOT, Path(sys.executable))
    installation = open_installation(folder, account, {name: str(free_port()) for name in PORTS})
    try:
        say("first start, empty database", _start(installation), "s")
        lifecycle.stop(installation, SERVICES, _quiet)
        say("start all to all ready", _start(installation), "s", at_most=15)
        time.sleep(SETTLE_S)
        say("running system, PSS", _pss(folder) / MIB, "MiB", at_most=1024)
    finally:
        lifecycle.stop(installation, SERVICES, _quiet)
        rmtree(folder, ignore_errors=True)


def _start(installation: lifecycle.Installation) -> float:
    began = time.monotonic()
    lifecycle.start(installation, SERVICES, _quiet)
    return time.monotonic() - began


def _pss(folder: Path) -> int:
    """KiB of all processes of the installation."""
    return sum(_pss_of(pid) for pid in orphans.find(folder))


def _pss_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _quiet(text: str) -> None:
    """A benchmark prints figures only."""


if __name__ == "__main__":
    main()
