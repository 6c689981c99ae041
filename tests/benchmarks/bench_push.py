"""Pushes with a verdict for each row, against a bare COPY of the same rows and against a plain endpoint, in one run.

gunicorn gthread with two workers, a PostgreSQL whose commits wait for the disk, an API key and an Idempotency-Key in
each request. Batches: ten readings of each of a hundred series, eight clients. Single rows: fifty clients. The three
take turns, and the middle one of their rounds counts: the machine is not ours alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import psycopg2

from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT
from shared import clock
from shared.db.copy import copy_encoded
from telemetry_service.raw.lots import COLUMNS, Lot, encoded, make_place, make_tail, micros
from tests.benchmarks.figures import cpu_s, say
from tests.benchmarks.push_clients import ask
from tests.telemetry_service.push.world import Web, World, make_world, serving

SOURCES, CLIENTS, SINGLES = 1000, 8, 50
BATCH, PER_SERIES = 1000, 10
ROUNDS = int(os.environ.get("R", 5))
BATCHES = int(os.environ.get("B", 200))  # a round
ONES = int(os.environ.get("N", 4000))
PLAIN = "tests.benchmarks.push_plain_settings"
PLAINLY, OURS = '{"stored":', '{"received_at":'  # how each answers
THREADS = 32
START = clock.now().replace(second=0, microsecond=0) - timedelta(days=20)
Row = tuple[str, str, datetime, str]
POSTGRES: list[int] = []  # its pid


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder, own_servers(durable=True) as servers:
        world = make_world(servers, Path(folder), name="bench", sources=SOURCES, keys=SINGLES)
        POSTGRES.append(int((servers.folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]))
        with serving(world, workers=2, threads=THREADS) as ours, plainly(world) as plain:
            warm_up(world, ours, plain)
            check_who_answers(world, ours, plain)
            batches(world, ours, plain)
            singles(world, ours, plain)


@contextmanager
def plainly(world: World) -> Iterator[Web]:
    """The same service with another root of addresses, and no door before Django."""
    application = "django.core.wsgi:get_wsgi_application()"
    with serving(world, workers=2, threads=THREADS, application=application, DJANGO_SETTINGS_MODULE=PLAIN) as web:
        yield web


def warm_up(world: World, ours: Web, plain: Web) -> None:
    """Connections, imports and caches: every thread of both has had its requests."""
    rows = [[row] for row in batch(world, 0)]
    for web in (ours, plain):
        push(world, web, rows, clients=SINGLES)


def check_who_answers(world: World, ours: Web, plain: Web) -> None:
    """What is compared with itself is as fast."""
    for web, beginning in ((ours, OURS), (plain, PLAINLY)):
        last = push(world, web, [list(batch(world, 0))], clients=1)["last"]
        if not last.startswith(beginning):
            raise SystemExit(f"{web.url} should answer {beginning}… and says {last[:60]}")


def batches(world: World, ours: Web, plain: Web) -> None:
    rows = [list(batch(world, number)) for number in range(BATCHES)]
    copied, pushed, plainly_pushed = [], [], []
    for _ in range(ROUNDS):
        copied.append(BATCHES * BATCH / copy(world, rows))
        figures = push(world, ours, rows, clients=CLIENTS)
        pushed.append(BATCHES * BATCH / figures["seconds"])
        check(world, BATCHES * BATCH)
        few = rows[: max(BATCHES // 8, CLIENTS)]
        plainly_pushed.append(len(few) * BATCH / push(world, plain, few, clients=CLIENTS)["seconds"])
        check(world, len(few) * BATCH)
    say("bare COPY, one connection", median(copied), "rows/s")
    say("pushed, 1,000 rows a request", median(pushed), "rows/s")
    say("  pushes that one transaction kept", figures["together"], "")
    say("plain endpoint, 1,000 rows a request", median(plainly_pushed), "rows/s")
    for name, cpu in figures["cpu"].items():
        say(f"  CPU of {name}, a row", 1e6 * cpu / (BATCHES * BATCH), "µs")
    say("  of the bare COPY", 100 * median(pushed) / median(copied), "%", at_least=40)
    say("  of the plain endpoint", median(pushed) / median(plainly_pushed), "×", at_least=6)


def singles(world: World, ours: Web, plain: Web) -> None:
    rows = [
        [(world.sources[n % SOURCES], "caudal", START + timedelta(minutes=n // SOURCES), f"{n}.50")]
        for n in range(ONES)
    ]
    pushed, plainly_pushed, waits = [], [], []
    for _ in range(ROUNDS):
        figures = push(world, ours, rows, clients=SINGLES)
        pushed.append(ONES / figures["seconds"])
        waits.append(figures["p99_ms"])
        check(world, ONES)
        plain_figures = push(world, plain, rows, clients=SINGLES)
        plainly_pushed.append(ONES / plain_figures["seconds"])
        check(world, ONES)
    say("single rows, 50 clients", median(pushed), "/s")
    say("  pushes that one transaction kept", figures["together"], "")
    say("  99 of 100 are answered within", median(waits), "ms")
    for name, cpu in figures["cpu"].items():
        say(f"  CPU of {name}, a row", 1e6 * cpu / ONES, "µs")
    say("plain endpoint, single rows, 50 clients", median(plainly_pushed), "/s")
    for name, cpu in plain_figures["cpu"].items():
        say(f"  CPU of {name}, a row", 1e6 * cpu / ONES, "µs")
    say("  of the plain endpoint", median(pushed) / median(plainly_pushed), "×", at_least=3)


def batch(world: World, number: int) -> Iterator[Row]:
    series = BATCH // PER_SERIES
    first = number * series
    for n in range(first, first + series):
        source, key = world.sources[n // 2 % SOURCES], ("caudal", "nivel")[n % 2]
        start = START + timedelta(minutes=n // (2 * SOURCES) * PER_SERIES)
        for minute in range(PER_SERIES):
            yield source, key, start + timedelta(minutes=minute), f"{n % 90}.{minute}5"


def copy(world: World, batches: list[list[Row]]) -> float:
    """Seconds of one COPY of all the rows, encoded before."""
    rows = [row for one in batches for row in one]
    tail = make_tail("", clock.now(), uuid4())
    lot = Lot(
        [make_place(UUID(source), key) for source, key, *_ in rows],
        np.array([micros(at) for _, _, at, _ in rows], np.int64),
        [value.encode() for *_, value in rows],
        [tail] * len(rows),
    )
    body = encoded(lot, np.arange(len(rows)))
    world.begin_again()
    with closing(psycopg2.connect(world.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path TO telemetry")
        began = time.monotonic()
        copy_encoded(cursor, "raw_telemetry_data", COLUMNS, body)
        connection.commit()
        return time.monotonic() - began


def push(world: World, web: Web, pushes: list[list[Row]], *, clients: int) -> dict[str, Any]:
    """What the clients say of it, each of whom pushes its share, one after the other."""
    world.begin_again()
    bodies = [json.dumps([shown(row) for row in rows]) for rows in pushes]
    said = {
        "port": int(web.url.rpartition(":")[2]),
        "keys": world.keys[:clients],
        "bodies": [bodies[n::clients] for n in range(clients)],
    }
    command = [sys.executable, "-m", "tests.benchmarks.push_clients"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the clients have no pipes")
        process.stdin.write(ask(said))
        process.stdin.flush()
        process.stdout.readline()
        watched = {"the service": web.process.pid, "PostgreSQL": POSTGRES[0]}
        before = {name: cpu_s(pid) for name, pid in watched.items()}
        transactions, kept = together(web)
        process.stdin.write("go\n")
        process.stdin.flush()
        figures: dict[str, Any] = json.loads(process.stdout.readline())
    figures["cpu"] = {name: cpu_s(pid) - before[name] for name, pid in watched.items()}
    figures["cpu"]["the clients"] = figures["cpu_s"]
    after = together(web)
    figures["together"] = (after[1] - kept) / max(after[0] - transactions, 1)
    if figures["wrong"]:
        raise SystemExit(f"refused: {figures['wrong'][0]}")
    return figures


def shown(row: Row) -> dict[str, str | float]:
    source, key, at, value = row
    return {"source": source, "key": key, "time": at.isoformat().replace("+00:00", "Z"), "value": float(value)}


def together(web: Web) -> tuple[float, float]:
    """How many transactions the service has made, and of how many pushes."""
    text = httpx.get(f"{web.url}/metrics", trust_env=False, timeout=30).text
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("telemetry_pushes_together_"))
    return float(found["telemetry_pushes_together_count"]), float(found["telemetry_pushes_together_sum"])


def check(world: World, rows: int) -> None:
    (found,) = world.rows("SELECT count(*) FROM raw_telemetry_data")
    if found[0] != rows:
        raise SystemExit(f"{found[0]} rows are stored of {rows}")


if __name__ == "__main__":
    main()
