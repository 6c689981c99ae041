"""The demo on an empty, installed tree: how long from the command to its table.

A fresh clone installs first; with a package index nearby that takes ten to twenty seconds of its minute.
"""

import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree

from deploy.demo.run import main as run_demo
from deploy.native import lifecycle
from deploy.native.account import choose_account
from deploy.native.checks.servers import free_port
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, open_installation
from tests.benchmarks.figures import say

PORTS = (
    "HTTP_PORT",
    "CORE_PORT",
    "TELEMETRY_PORT",
    "COMPLIANCE_PORT",
    "POSTGRES_PORT",
    "REDIS_PORT",
    "SIM_PROVIDERS_PORT",
    "SIM_DGA_PORT",
    "SIM_SMA_PORT",
)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="stack-bench-"))
    account = choose_account("nobody", ROOT, Path(sys.executable))
    installation = open_installation(folder, account, {name: str(free_port()) for name in PORTS})
    try:
        began = time.monotonic()
        status = run_demo(installation, ["--check"])
        say("demo to its table", time.monotonic() - began, "s", at_most=120)
        say("demo's account closes", float(status == 0), "", at_least=1)
    finally:
        lifecycle.stop(installation, SERVICES, lambda text: None)
        rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
