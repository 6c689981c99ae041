"""Workers get about as many connections each, and one that died keeps nobody waiting."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from telemetry_service.push.lane import share as module
from telemetry_service.push.lane.share import PLACES, Share
from tests.telemetry_service.push.lane.client import Device
from tests.telemetry_service.push.lane.conftest import rows
from tests.telemetry_service.push.world import Web, World, serving

ME = 1_000_000_000  # no process's id


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(module.time, "sleep", found.append)
    return found


@pytest.mark.parametrize(("mine", "others", "is_waited"), [(1, 0, True), (3, 2, True), (2, 2, False), (0, 0, False)])
def test_whoever_has_more_lets_another_go_first(waits: list[float], mine: int, others: int, is_waited: bool) -> None:
    share = Share()
    share.say(1, ME, mine)
    share.say(2, os.getpid(), others)
    share.yield_to_emptier(ME, mine)
    assert bool(waits) is is_waited


def test_nobody_waits_for_itself_or_for_one_that_is_gone(waits: list[float]) -> None:
    share = Share()
    share.yield_to_emptier(ME, 5)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    share.say(2, dead.pid, 0)
    share.say(3, os.getpid(), 0)
    share.forget(3)
    share.yield_to_emptier(ME, 5)
    assert not waits


def test_numbers_beyond_the_places_are_taken_too(waits: list[float]) -> None:
    share = Share()
    share.say(PLACES * 3 + 1, os.getpid(), 0)
    share.yield_to_emptier(ME, 5)
    assert waits


def connections(web: Web) -> list[int]:
    """Of each worker."""
    port, found = int(web.url.rpartition(":")[2]), []
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {line[9] for line in lines if int(line[1].partition(":")[2], 16) == port and line[3] == "01"}
    for pid in web.workers():
        links = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()]
        found.append(sum(link[8:-1] in ours for link in links if link.startswith("socket:[")))
    return found


def until_both_answer(web: Web) -> None:
    """One may take longer to load what it needs."""
    with ExitStack() as stack:
        for _ in range(2000):
            device = stack.enter_context(Device(web))
            device.send(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert device.hear().status == 200
            if min(connections(web)) > 0:
                return
    raise TimeoutError("one worker answers everything")


def test_many_connections_are_shared(world: World) -> None:
    with ExitStack() as stack:
        web = stack.enter_context(serving(world, workers=2))
        until_both_answer(web)
        devices = [stack.enter_context(Device(web, key=world.keys[0])) for _ in range(20)]
        for n, device in enumerate(devices):
            assert device.push(rows(world, n)).status == 200
        found = connections(web)
    assert sum(found) == 20
    assert min(found) >= 5
