from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.simulators.dga.app import dga
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario, make_scenario, read_scenario
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
def serve(clock: VirtualClock) -> Iterator[Callable[..., httpx.Client]]:
    """A client of providers with the things of a test: `serve(thing, ..., more=of the scenario)`."""
    with ExitStack() as stack:

        def start(*things: Mapping[str, Any], **more: Any) -> httpx.Client:
            scenario = make_scenario({"seed": 7, "things": list(things), **more})
            url = stack.enter_context(running(providers(scenario, clock.read)))
            return stack.enter_context(httpx.Client(base_url=url, trust_env=False))

        yield start


@pytest.fixture
def regulator(scenario: Scenario, clock: VirtualClock, tmp_path: Path) -> Iterator[httpx.Client]:
    application = dga(scenario, clock.read, tmp_path / "dga.db")
    with running(application) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client
