import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.api import Api
from deploy.demo.drive import HOUR, Driver, followers
from deploy.demo.run import start
from deploy.demo.settings import Settings
from deploy.demo.works import START, DemoWork, demo_works, set_up
from deploy.native import lifecycle
from deploy.native.account import choose_account
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation, open_installation
from deploy.simulators.faults import KINDS
from deploy.simulators.scenario import read_scenario
from shared.clock import VirtualClock

PORTS = (
    "HTTP_PORT",
    "CORE_PORT",
    "TELEMETRY_PORT",
    "COMPLIANCE_PORT",
    "POSTGRES_PORT",
    "REDIS_PORT",
    "SIM_PROVIDERS_PORT",
    "SIM_DGA_PORT",
    "SIM_SMA_PORT",
)


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A whole installation of its own: every process, PostgreSQL, Redis, nginx and the simulators."""
    # Not pytest's own folder: that one is closed to the account the services run under.
    folder = Path(tempfile.mkdtemp(prefix="stack-e2e-"))
    account = choose_account("nobody", ROOT, Path(sys.executable))
    made = open_installation(folder, account, dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    try:
        yield made
    finally:
        lifecycle.stop(made, SERVICES, lambda text: None)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(installation: Installation) -> Settings:
    """It runs, and nothing goes wrong in the simulators."""
    settings = start(installation)
    for url in (settings.providers_url, settings.dga_url, settings.sma_url):
        httpx.post(f"{url}/_sim/faults", json=dict.fromkeys(KINDS, 0), trust_env=False).raise_for_status()
    return settings


@pytest.fixture(scope="session")
def work() -> DemoWork:
    return demo_works(read_scenario("demo"))[0]


@dataclass
class Days:
    """Drives the system through the hours; `hour` is the next."""

    api: Api
    driver: Driver
    hour: datetime = START

    def pass_hours(self, count: int) -> None:
        last = self.hour + (count - 1) * HOUR
        self.driver.run(self.hour, last)
        self.hour = last + HOUR

    def look(self) -> None:
        """The services hear of what was changed in another."""
        for service in self.driver.services:
            service.walk(everything=True)


@pytest.fixture(scope="session")
def days(stack: Settings, work: DemoWork) -> Iterator[Days]:
    """The work is set up in the first hour."""
    with Api(stack.url, stack.email, stack.password) as api, followers(stack.followed, stack.logs) as services:

        def look() -> None:
            for service in services:
                service.walk(everything=True)

        def before(hour: datetime) -> None:
            if hour == START:
                set_up(api, work, providers_url=stack.providers_url, look=look)

        driver = Driver(VirtualClock(stack.clock_file), services, before=before, progress=lambda hour: None)
        yield Days(api, driver)


@dataclass(frozen=True)
class Handwritten:
    """A well whose readings a person writes down, reported to DGA every hour from `start` on."""

    days: Days
    point: str
    start: datetime

    def write_down(self, hour: int, values: Mapping[str, float]) -> None:
        at = self.start + hour * HOUR
        readings = [
            {"point": self.point, "variable": name, "time": at.isoformat(), "value": str(value)}
            for name, value in values.items()
        ]
        self.days.driver.clock.freeze(at + timedelta(minutes=1))
        body = {"readings": readings, "mode": "insert", "note": "leído a mano"}
        self.days.api.post("/api/telemetry/readings/manual/", body)


def make_handwritten(days: Days, code: str, *, config: Mapping[str, Any], hours: int) -> Handwritten:
    """It begins in the next hour. `code`: one that the simulator of DGA knows and no other test reports."""
    days.pass_hours(1)
    work = read_scenario("demo").works[code]
    place = {"name": "Pozo a mano", "point_type": "WELL", "latitude": "-33.45", "longitude": "-70.66"}
    point = days.api.post("/api/core/points/", {"code": code, **place, "config": config})["id"]
    made = Handwritten(days, point, days.hour)
    days.look()
    days.api.post(
        "/api/compliance/configs/",
        {
            "point": point,
            "source": "DGA",
            "work_code": code,
            "standard": "MAYOR",
            "informant_rut": work.informant,
            "company_rut": "76000000-0",
            "password": work.password,
            "start_date": made.start.isoformat(),
            "end_date": (made.start + hours * HOUR - timedelta(minutes=1)).isoformat(),
        },
    )
    return made


def free_ports(count: int) -> list[str]:
    """All held at once, so that no two are the same."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]
