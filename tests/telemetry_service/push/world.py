"""Telemetry under gunicorn with a database of its own, devices that push to it and their keys: for faults and figures.

`python -m tests.telemetry_service.push.world SOURCES KEYS`, with a service's environment, makes the devices and says
them as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from deploy.native.checks.servers import Servers, free_port
from deploy.native.state import ROOT

FREE, REAL = "tests.telemetry_service.push.free_settings", "telemetry_service.settings"
MODULE = "tests.telemetry_service.push.world"
APPLICATION, WORKER = "telemetry_service.wsgi", "telemetry_service.push.lane.worker.LaneWorker"
LONGEST_S = 60.0
URL = "/api/telemetry/readings/"


@dataclass
class World:
    """`sources` and `keys` as their texts: each key may push to all."""

    environment: dict[str, str]
    sources: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute("SET search_path TO telemetry")
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
            connection.commit()
            return found

    def begin_again(self) -> None:
        self.rows("TRUNCATE raw_telemetry_data, raw_answer, raw_conflict, raw_arrival, process_backlog, push_answer")

    def stored(self) -> list[tuple[str, str, datetime, str]]:
        rows = self.rows("SELECT source_id::text, key, device_time, value FROM raw_telemetry_data ORDER BY 1, 2, 3")
        return [(source, key, at.astimezone(UTC), value) for source, key, at, value in rows]


@dataclass
class Web:
    """gunicorn's master and where it listens."""

    process: "subprocess.Popen[bytes]"
    url: str

    def workers(self) -> list[int]:
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def kill_workers(self) -> None:
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


def make_world(servers: Servers, folder: Path, *, name: str, sources: int, keys: int, **more: str) -> World:
    """`name` is the database's, `more` the environment's."""
    service = servers.environment("telemetry")
    with closing(psycopg2.connect(service["ADMIN_DATABASE_URL"])) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"CREATE DATABASE {name} OWNER telemetry")
    service["DATABASE_URL"] = service["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    metrics = folder / "metrics"
    metrics.mkdir()
    own = {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    own |= {"API_KEY_RATE": "100000", "API_KEY_BURST": "100000", "DJANGO_SETTINGS_MODULE": FREE}
    world = World({**os.environ, **service, **own, **more})
    _run(world, "telemetry_service/manage.py", "migrate", "-v", "0")
    said = json.loads(_run(world, "-m", MODULE, str(sources), str(keys)))
    world.sources, world.keys = said["sources"], said["keys"]
    return world


@contextmanager
def serving(
    world: World, *, workers: int = 1, threads: int = 8, application: str = APPLICATION, **more: str
) -> Iterator[Web]:
    """With `API_KEY_AT_ONCE` in `more` a key is held to it; otherwise to nothing."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", f"127.0.0.1:{port}"]
    if application == APPLICATION:
        command += ["-k", WORKER]
    settings = REAL if "API_KEY_AT_ONCE" in more else FREE
    own = {"WEB_WORKERS": str(workers), "WEB_THREADS": str(threads), "DJANGO_SETTINGS_MODULE": settings}
    environment = {**world.environment, **own, **more}
    process = subprocess.Popen([*command, application], env=environment, cwd=ROOT)
    web = Web(process, f"http://127.0.0.1:{port}")
    try:
        wait_for(web)
        yield web
    finally:
        process.terminate()
        process.wait(timeout=LONGEST_S)


def wait_for(web: Web) -> None:
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{web.url}/health", trust_env=False, timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("gunicorn does not answer")


def _run(world: World, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=world.environment, cwd=ROOT, check=True, timeout=LONGEST_S, capture_output=True)
    return done.stdout.decode()


def set_up(sources: int, keys: int) -> dict[str, list[str]]:
    """Each source says two keys of a point of its own."""
    from shared import clock
    from shared.auth.api_keys import make_secret
    from telemetry_service.keys.models import ApiKey, ApiKeySecret
    from telemetry_service.points.models import Point
    from telemetry_service.providers.models import Provider, ProviderType
    from telemetry_service.raw.models import Series
    from telemetry_service.raw.partitions import make_partitions_kept
    from telemetry_service.sources.models import Source, State

    now = clock.now()
    make_partitions_kept(now=now)
    by: dict[str, Any] = {"created_at": now, "created_by": "test"}
    provider = Provider.objects.create(name="equipos", type=ProviderType.PUSH, config={}, **by)
    points = [
        Point(id=uuid.uuid4(), code=f"P-{n}", name="", point_type="WELL", status="active", updated_at=now)
        for n in range(sources)
    ]
    Point.objects.bulk_create(points)
    made = [Source(provider=provider, point=point, period_s=60, state=State.ACTIVE, **by) for point in points]
    Source.objects.bulk_create(made)
    Series.objects.bulk_create(
        Series(source_id=one.id, origin=str(one.id), key=key, point_id=one.point_id, variable=variable)
        for one in made
        for key, variable in (("caudal", "flow"), ("nivel", "level"))
    )
    texts = []
    for n in range(keys):
        key = ApiKey.objects.create(
            id=uuid.uuid4(), name=f"clave {n}", points=[point.id for point in points], updated_at=now
        )
        new = make_secret()
        ApiKeySecret.objects.create(prefix=new.prefix, key=key, digest=new.digest, hash_key=new.hash_key)
        texts.append(new.text)
    return {"sources": [str(one.id) for one in made], "keys": texts}


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "telemetry_service.settings"
    django.setup()
    sys.stdout.write(json.dumps(set_up(int(sys.argv[1]), int(sys.argv[2]))))
