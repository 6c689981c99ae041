import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# What a pipeline says of itself, printed by a process that runs under its own service's settings.
ASK = """
import django, json
django.setup()
from importlib import import_module
from django.conf import settings
pipeline = import_module(settings.PIPELINE_MODULE)
app = pipeline.app
print(json.dumps({
    "queues": sorted(app.known_queues.values()),
    "tasks": sorted(name for name in app.tasks if not name.startswith("celery.")),
    "routes": {name: route["queue"] for name, route in app.routes.items()},
    "schedule": {name: entry["task"] for name, entry in app.conf.beat_schedule.items()},
    "sweep": [step.name for step in pipeline.SWEEP],
}))
"""


@dataclass(frozen=True)
class Pipeline:
    queues: list[str]
    tasks: list[str]
    routes: dict[str, str]
    schedule: dict[str, str]
    sweep: list[str]


@lru_cache
def read_pipeline(service: str) -> Pipeline:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": f"{service}_service.settings"}
    said = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return Pipeline(**json.loads(said.stdout))


@pytest.fixture(scope="session")
def compose() -> Mapping[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.modular.yml").read_text()))
