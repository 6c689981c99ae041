import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from deploy.demo.run import start
from deploy.demo.settings import Settings
from deploy.native import lifecycle
from deploy.native.account import choose_account
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, open_installation
from deploy.simulators.faults import KINDS

PORTS = (
    "HTTP_PORT",
    "CORE_PORT",
    "TELEMETRY_PORT",
    "COMPLIANCE_PORT",
    "POSTGRES_PORT",
    "REDIS_PORT",
    "SIM_PROVIDERS_PORT",
    "SIM_DGA_PORT",
)


@pytest.fixture(scope="session")
def stack() -> Iterator[Settings]:
    """A whole installation of its own: every process, PostgreSQL, Redis, nginx and both simulators, without faults."""
    # Not pytest's own folder: that one is closed to the account the services run under.
    folder = Path(tempfile.mkdtemp(prefix="stack-e2e-"))
    account = choose_account("nobody", ROOT, Path(sys.executable))
    installation = open_installation(folder, account, dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    try:
        settings = start(installation)
        for url in (settings.providers_url, settings.dga_url):
            httpx.post(f"{url}/_sim/faults", json=dict.fromkeys(KINDS, 0), trust_env=False).raise_for_status()
        yield settings
    finally:
        lifecycle.stop(installation, SERVICES, lambda text: None)
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[str]:
    """All held at once, so that no two are the same."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]
