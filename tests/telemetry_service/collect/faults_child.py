"""The processes of test_faults: one makes the sources, the others collect until nothing is due, and may die on the way.

`python -m tests.telemetry_service.collect.faults_child set_up URL` or `… collect`, with a service's environment.
"""

import os
import sys
import time
import uuid
from datetime import datetime, timedelta

import django

NOW = datetime.fromisoformat("2024-06-10T14:30:00+00:00")
DAYS = timedelta(days=3)
KEYS = {
    "tdata": {"5001": "flow", "5002": "level", "5003": "total"},
    "tago": {"caudal": "flow", "nivel": "level", "totalizado": "total"},
    "thingsio": {"caudal": "flow", "nivel": "level", "pulsos": "pulses"},
}
FOLDERS = {"thingsio": "/v2"}
ENGINES = {"thingsboard": "tdata", "tagoio": "tago", "thethings": "thingsio"}
LONGEST_S = 60.0


def set_up(url: str) -> None:
    from deploy.simulators.scenario import read_scenario
    from telemetry_service.points.models import Point
    from telemetry_service.providers.operations import create_provider
    from telemetry_service.sources.operations import create_source

    scenario = read_scenario("demo")
    (login,) = ({"username": name, "password": password} for name, password in scenario.users.items())
    for thing in scenario.things:
        preset = ENGINES[thing.engine]
        point = Point.objects.create(
            id=uuid.uuid4(), code=thing.name, name="", point_type="WELL", status="active", updated_at=NOW
        )
        provider = create_provider(
            name=thing.name,
            preset_name=preset,
            # Small pages: there is a middle to die in.
            changes={
                "base_url": url + FOLDERS.get(preset, ""),
                "limits": {"rate": "2000/s", "retries": 0},
                "history": {"page": {"limit": 9}, "max_window": "P1D"},
            },
            credentials=login if preset == "tdata" else {},
            actor="test",
            now=NOW,
        )
        params = {"device": thing.device} if preset == "tdata" else {}
        params |= {"token": thing.token} if preset == "tago" else {}
        params |= {"thing_token": thing.token} if preset == "thingsio" else {}
        create_source(
            provider_id=provider.id,
            point_id=point.id,
            params=params,
            variables=KEYS[preset],
            period_s=3600,
            history_from=NOW - DAYS,
            live=True,
            actor="test",
            now=NOW,
        )


def collect() -> None:
    """As the sweep does: a round, and after whatever went wrong another one."""
    from django.db import Error, close_old_connections

    from shared.clock import now
    from telemetry_service import pipeline
    from telemetry_service.collect.claims import next_due_at

    ends_at = time.monotonic() + LONGEST_S
    while time.monotonic() < ends_at:
        try:
            pipeline.collect(now())
            due_at = next_due_at()
            if due_at is None or due_at > now():
                return
        except Error as error:
            sys.stderr.write(f"{type(error).__name__}\n")
            close_old_connections()
            time.sleep(0.2)
    sys.exit(3)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemetry_service.settings")
    django.setup()
    {"set_up": set_up, "collect": collect}[sys.argv[1]](*sys.argv[2:])
