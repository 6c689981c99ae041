"""Processes that a killed supervisor left behind, known by the mark that this installation put in their environment."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

MARK = "STACK_INSTALLATION"
GRACE_S = 10


def find(folder: Path) -> list[int]:
    """The ids of all processes that belong to the installation in `folder`."""
    wanted = f"{MARK}={folder}".encode()
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and wanted in _environment(entry)
    ]


def end(folder: Path) -> int:
    """Ends them, PostgreSQL by its fast shutdown; says how many there were."""
    found = [pid for pid in find(folder) if pid != os.getpid()]
    for pid in found:
        _signal(pid, signal.SIGINT if _name(pid) == "postgres" else signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(_is_alive(pid) for pid in found):
        time.sleep(0.1)
    for pid in found:
        if _is_alive(pid):
            _signal(pid, signal.SIGKILL)
    return len(found)


def _environment(entry: Path) -> list[bytes]:
    try:
        return entry.joinpath("environ").read_bytes().split(b"\0")
    except OSError:
        return []  # gone, or another account's


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
