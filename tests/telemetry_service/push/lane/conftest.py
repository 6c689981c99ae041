from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.native.checks.servers import own_servers
from shared import clock
from tests.telemetry_service.push.world import Web, World, make_world, serving

START = clock.now().replace(microsecond=0) - timedelta(minutes=50)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with own_servers() as servers:
        yield make_world(servers, tmp_path_factory.mktemp("world"), name="push_lane", sources=4, keys=12)


@pytest.fixture(scope="module")
def web(made: World) -> Iterator[Web]:
    """Of two threads: whoever holds one for long is noticed."""
    with serving(made, threads=2) as found:
        yield found


def rows(world: World, first: int = 0, count: int = 1, source: int = 0) -> list[dict[str, Any]]:
    """Of the second `first` and those after it."""
    times = [(START + timedelta(seconds=first + n)).isoformat() for n in range(count)]
    return [{"source": world.sources[source], "key": "caudal", "time": at, "value": 1.5} for at in times]
