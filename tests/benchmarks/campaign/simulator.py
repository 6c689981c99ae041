"""DGA's simulator in a process of its own, so that it does not share an interpreter with what is measured."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def simulate(folder: Path, *, works: int) -> Iterator[str]:
    """Its address. Strict, of works OB-0601-1 to OB-0601-<works>."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.benchmarks.campaign.regulator", str(port), str(folder), str(works)]
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            httpx.get(f"{url}/_sim/stats", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
        if process.poll() is not None:
            break
    raise RuntimeError("the simulator does not answer")
