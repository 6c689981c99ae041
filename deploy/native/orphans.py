"""The processes of an installation, found without its supervisor: what a killed one left behind.

They carry a mark in their environment. Servers write over theirs, and are known by their pid files.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MARK = "STACK_INSTALLATION"
PID_FILES = {
    "nginx": "nginx/nginx.pid",
    "postgres": "postgres/data/postmaster.pid",
    "redis-server": "redis/redis.pid",
    "valkey-server": "redis/redis.pid",
}
GRACE_S = 10


def find(folder: Path) -> list[int]:
    """The ids of all processes of the installation in `folder`, children of its servers included."""
    found = _marked(folder) | _servers(folder)
    parents = _parents()
    grown = True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in found} - found
        found |= children
        grown = bool(children)
    return sorted(found - {os.getpid()})


def end(folder: Path) -> int:
    """Ends them, PostgreSQL by its fast shutdown; says how many there were."""
    found = find(folder)
    for pid in found:
        _signal(pid, signal.SIGINT if _name(pid) == "postgres" else signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(_is_alive(pid) for pid in found):
        time.sleep(0.1)
    for pid in found:
        if _is_alive(pid):
            _signal(pid, signal.SIGKILL)
    return len(found)


def _marked(folder: Path) -> set[int]:
    wanted = f"{MARK}={folder}".encode()
    return {pid for pid in _all() if wanted in _read(pid, "environ").split(b"\0")}


def _servers(folder: Path) -> set[int]:
    """Each with its group: a killed nginx leaves workers behind that still answer.

    A pid file may be old and its number another program's by now: the name must be right too.
    """
    found = set()
    for name, file in PID_FILES.items():
        with suppress(OSError, ValueError, IndexError):
            leader = (folder / file).read_text().splitlines()[0].strip()
            found |= {pid for pid in _all() if _stat(pid)[2:3] == [leader] and _name(pid) == name}
    return found


def _parents() -> dict[int, int]:
    return {pid: int(fields[1]) for pid in _all() if len(fields := _stat(pid)) > 1}


def _all() -> Iterable[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _name(pid: int) -> str:
    return _read(pid, "comm").decode(errors="replace").strip()


def _is_alive(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold anything: state, parent, …"""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _read(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""  # gone, or another account's


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
