"""One key that floods, and what the others notice: their pushes alone, beside the flood, and beside it unlimited.

gunicorn as it comes (one process of four threads), behind nginx as it comes, or with the limits of neither. Eight
devices push a reading five times a second with a key each. The flood is one key on thirty-two connections, up to 640
requests a second where a key may send 20. The clients have a core to themselves. The cases take turns, and the middle
one of their rounds counts: the machine is not ours alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from deploy.native.checks.servers import free_port, own_servers
from deploy.native.front import load_builder
from deploy.native.processes import SERVICES
from deploy.native.servers import nginx_program
from deploy.native.state import ROOT
from shared import clock
from tests.benchmarks.figures import say
from tests.telemetry_service.push.world import Web, World, make_world, serving

CLIENTS = "tests.benchmarks.flood_clients"
OTHERS, PAUSE_S = 8, 0.2
FLOOD, FLOOD_PAUSE_S = 32, 0.05
CORES = sorted(os.sched_getaffinity(0))
ROUNDS, ROUND_S = int(os.environ.get("R", 3)), float(os.environ.get("S", 8))
LIMITED = {"API_KEY_RATE": "20", "API_KEY_BURST": "60", "API_KEY_AT_ONCE": "2"}
Figures = dict[str, Any]
Found = dict[str, list[tuple[Figures, Figures | None]]]
NAMES = {
    "alone": "others alone",
    "beside": "others beside a flood",
    "bare": "  the same without nginx",
    "unlimited": "  and without any limits",
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder, own_servers() as servers:
        world = make_world(servers, Path(folder), name="bench", sources=OTHERS + 1, keys=OTHERS + 1)
        with ExitStack() as stack:
            limited = stack.enter_context(serving(world, threads=4, **LIMITED))
            free = stack.enter_context(serving(world, threads=4))
            found: Found = {name: [] for name in NAMES}
            for web in (limited, free):
                for pid in (web.process.pid, *web.workers()):
                    os.sched_setaffinity(pid, {CORES[0]})
            front = stack.enter_context(_front(limited, Path(folder)))
            for _ in range(ROUNDS):
                found["alone"].append(_round(world, front, flooded=False))
                found["bare"].append(_round(world, _port(limited), flooded=True))
                found["beside"].append(_round(world, front, flooded=True))
                found["unlimited"].append(_round(world, _port(free), flooded=True))
    _report(found)


def _report(found: Found) -> None:
    middle = {name: median(others["median_ms"] for others, _ in rounds) for name, rounds in found.items()}
    for name, rounds in found.items():
        say(f"{NAMES[name]}: median", middle[name], "ms")
        say("  95 of a hundred", median(others["p95_ms"] for others, _ in rounds), "ms")
        say("  of their pushes taken", 100 * _share(rounds), "%", at_least=None if name == "unlimited" else 100)
        for _, flood in rounds[:1]:
            if flood:
                sys.stdout.write(f"    the flood was answered {flood['statuses']}\n")
    for name in ("beside", "bare", "unlimited"):
        goal = 2 if name == "beside" else None
        say(f"{NAMES[name].strip()}, of alone", middle[name] / middle["alone"], "×", at_most=goal)


def _share(rounds: list[tuple[Figures, Figures | None]]) -> float:
    return sum(others["statuses"].get("200", 0) for others, _ in rounds) / sum(one["requests"] for one, _ in rounds)


def _round(world: World, port: int, *, flooded: bool) -> tuple[Figures, Figures | None]:
    with ExitStack() as stack:
        flood = None
        if flooded:
            flood = stack.enter_context(
                _clients(world, port, [world.keys[-1]] * FLOOD, world.sources[-1], FLOOD_PAUSE_S)
            )
            time.sleep(1)
        others = stack.enter_context(_clients(world, port, world.keys[:OTHERS], world.sources[0], PAUSE_S))
        time.sleep(ROUND_S)
        return _end(others), _end(flood) if flood else None


@contextmanager
def _front(web: Web, folder: Path) -> Iterator[int]:
    """nginx before it; its port."""
    builder, port = load_builder(), free_port()
    layout = builder.Layout(
        f"127.0.0.1:{port}", dict.fromkeys(SERVICES, web.url.removeprefix("http://")), str(folder), str(folder)
    )
    config = folder / "nginx.conf"
    # As root its workers would drop to an account that cannot read the folder.
    config.write_text(("user root;\n" if os.geteuid() == 0 else "") + builder.build(layout))
    command = [str(nginx_program()), "-p", str(folder), "-c", str(config), "-e", "stderr", "-g", "daemon off;"]
    process = subprocess.Popen(command)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _port(web: Web) -> int:
    return int(web.url.rpartition(":")[2])


@contextmanager
def _clients(
    world: World, port: int, keys: list[str], source: str, pause_s: float
) -> "Iterator[subprocess.Popen[str]]":
    body = json.dumps([{"source": source, "key": "caudal", "time": clock.now().isoformat(), "value": 12.5}])
    command = [sys.executable, "-m", CLIENTS]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.sched_setaffinity(process.pid, {CORES[-1]})
    try:
        _pipe(process).write(json.dumps({"port": port, "keys": keys, "body": body, "pause_s": pause_s}) + "\n")
        _pipe(process).flush()
        yield process
    finally:
        process.kill()
        process.wait()


def _end(process: "subprocess.Popen[str]") -> Figures:
    said, _ = process.communicate(timeout=90)
    return dict(json.loads(said))


def _pipe(process: "subprocess.Popen[str]") -> Any:
    return process.stdin


if __name__ == "__main__":
    main()
