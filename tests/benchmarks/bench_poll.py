"""A round of 10,000 sources of one minute, all due at once, at a provider that takes 200 ms, 100 at a time.

The collector has one core to itself; PostgreSQL and the provider share another. The provider is deploy.simulators.load:
ThingsBoard's login and history with three keys a device. A poll asks for the last minutes again, as every poll does.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from deploy.native.checks.servers import Servers, free_port, own_servers
from deploy.native.state import ROOT
from shared.clock import VirtualClock
from tests.benchmarks.figures import cpu_s, say

SOURCES, CONCURRENCY, ANSWER_S = 10_000, 100, 0.2
IDEAL_S = SOURCES * ANSWER_S / CONCURRENCY
ROUNDS = int(os.environ.get("R", 4))  # the first opens connections and knows nothing; three more must be alike
START = datetime(2026, 1, 2, 12, tzinfo=UTC)
LOOK_BACK = "PT2M"
MIB = 1024
COLLECTOR = "tests.benchmarks.poll_collector"


def main() -> None:
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder, own_servers() as servers:
        clock = VirtualClock(Path(folder) / "clock")
        clock.freeze(START)
        postgres = _pin_postgres(servers, cores[-1])
        environment = service_environment(servers)
        with _provider(clock, cores[-1]) as (url, provider), _collector(environment, url, cores[0]) as collector:
            others = {"PostgreSQL": postgres, "the provider": provider}
            rounds = [_round(collector, clock, START + n * timedelta(minutes=1), others) for n in range(ROUNDS)]
            asked = httpx.get(f"{url}/_sim/stats", trust_env=False).json()
    _report(rounds, asked, cores)


def _report(rounds: list[dict[str, Any]], asked: dict[str, int], cores: list[int]) -> None:
    if cores[0] == cores[-1]:
        sys.stdout.write("One core only: the collector shares it with PostgreSQL and the provider.\n")
    sys.stdout.write("PostgreSQL runs without fsync. CPU as the kernel counts it, a hundred per cent is one core.\n")
    for number, one in enumerate(rounds, 1):
        say(f"round {number}: {one['polls']} of {SOURCES} sources", one["seconds"], "s", at_most=IDEAL_S * 1.15)
        say("  of the ideal time", one["seconds"] / IDEAL_S, "×", at_most=1.15)
        say("  readings that came, a poll", one["readings"] / SOURCES, "")
        say("  of them stored, a poll", one["new"] / SOURCES, "")
        say("  the collector's CPU, a poll", 1e6 * one["cpu_s"] / SOURCES, "µs")
        for name, spent_s in {"the collector": one["cpu_s"], **one["others"]}.items():
            say(f"  {name}, of its core", 100 * spent_s / one["seconds"], "%")
    say("the collector's memory, at most", max(one["rss_kib"] for one in rounds) / MIB, "MiB", at_most=300)
    say("fewest polls of a source", asked["min"], "", at_least=ROUNDS)
    say("most polls of a source", asked["max"], "", at_most=ROUNDS)
    say("most exchanges at once", asked["most_in_flight"], "", at_most=CONCURRENCY)


def _round(
    collector: "subprocess.Popen[str]", clock: VirtualClock, at: datetime, others: dict[str, int]
) -> dict[str, Any]:
    """What the collector says of it, and the CPU of the `others` meanwhile, by name; those are given by their pid."""
    clock.freeze(at)
    before = {name: cpu_s(pid) for name, pid in others.items()}
    if collector.stdin is None or collector.stdout is None:
        raise SystemExit("the collector has no pipes")
    collector.stdin.write(f"{at.isoformat()}\n")
    collector.stdin.flush()
    line = collector.stdout.readline()
    if not line:
        raise SystemExit(f"the collector ended with status {collector.wait()}")
    spent = {name: cpu_s(pid) - before[name] for name, pid in others.items()}
    return {**json.loads(line), "others": spent}


@contextmanager
def _provider(clock: VirtualClock, core: int) -> Iterator[tuple[str, int]]:
    """Its address and its pid."""
    port = free_port()
    command = ["-m", "deploy.simulators", "load", "--port", str(port), "--devices", str(SOURCES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "STACK_CLOCK_FILE": str(clock.path)}
    with _child([*command, "--delay-ms", str(ANSWER_S * 1000)], environment, core) as process:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
            client.get(f"{url}/_sim/stats")
        yield url, process.pid


@contextmanager
def _collector(environment: dict[str, str], url: str, core: int) -> "Iterator[subprocess.Popen[str]]":
    arguments = ["-m", COLLECTOR, url, str(SOURCES), str(CONCURRENCY), LOOK_BACK, START.isoformat()]
    with _child(arguments, environment, core) as process:
        yield process


@contextmanager
def _child(arguments: list[str], environment: dict[str, str], core: int) -> "Iterator[subprocess.Popen[str]]":
    """A Python of its own on one core, stopped at the end by its own id."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _pin_postgres(servers: Servers, core: int) -> int:
    """The server, whose pid it gives; its backends inherit the core."""
    pid = int((servers.folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.sched_setaffinity(pid, {core})
    return pid


def service_environment(servers: Servers) -> dict[str, str]:
    """Telemetry's, with a database of its own and the tables made in it."""
    service = servers.environment("telemetry")
    with closing(psycopg2.connect(service["ADMIN_DATABASE_URL"])) as admin:
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE bench OWNER telemetry")
    service["DATABASE_URL"] = service["DATABASE_URL"].rpartition("/")[0] + "/bench"
    more = {"PYTHONPATH": str(ROOT), "COLLECT_CONCURRENCY": str(CONCURRENCY), "LOG_LEVEL": "WARNING"}
    environment = {**os.environ, **service, **more}
    command = [sys.executable, "telemetry_service/manage.py", "migrate", "-v", "0"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    return environment


if __name__ == "__main__":
    main()
