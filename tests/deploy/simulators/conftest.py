from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from deploy.simulators.dga.app import dga
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario, read_scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock


@pytest.fixture
def clock(tmp_path: Path) -> VirtualClock:
    """Half past ten in the morning at the wells."""
    clock = VirtualClock(tmp_path / "clock.json")
    clock.freeze(datetime(2024, 5, 13, 14, 30, tzinfo=UTC))
    return clock


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The demo's devices and works, with nothing going wrong until a test says so."""
    return replace(read_scenario("demo"), faults={})


@pytest.fixture
def clouds(scenario: Scenario, clock: VirtualClock) -> Iterator[httpx.Client]:
    with running(providers(scenario, clock.read)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture
def regulator(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> Iterator[httpx.Client]:
    application = dga(scenario, clock.read, tmp_path / "dga.db")
    with running(application) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client
