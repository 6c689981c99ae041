"""Redis or Core is stopped, a process is killed: collection and reporting go on, and nothing is lost."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from deploy.demo.works import DemoWork, find_point
from deploy.native import lifecycle
from deploy.native.processes import SERVICES
from deploy.native.state import Installation
from deploy.native.supervise import Supervisor
from tests.e2e.conftest import Days

HOURS = 2


@contextmanager
def away(installation: Installation, names: Sequence[str]) -> Iterator[None]:
    supervisor = Supervisor(installation)
    supervisor.stop(names)
    try:
        yield
    finally:
        lifecycle.start(installation, SERVICES, lambda text: None)


def receipts(installation: Installation, work: DemoWork, days: Days) -> int:
    point = find_point(days.api, work)
    assert point is not None
    rows = days.api.get("/api/compliance/obligations/summary/", point=point["id"])["results"]
    return next(int(row["receipts"]) for row in rows if row["work_code"] == work.code)


def begun(days: Days) -> None:
    """Hours before the fault, also where these tests run alone."""
    days.pass_hours(HOURS)


@pytest.mark.parametrize("names", [["redis"], ["core-web", "core-worker", "core-beat"]], ids=["redis", "core"])
def test_the_hours_are_reported_while_it_is_away(
    installation: Installation, work: DemoWork, days: Days, names: list[str]
) -> None:
    begun(days)
    before = receipts(installation, work, days)
    with away(installation, names):
        days.pass_hours(HOURS)
    assert receipts(installation, work, days) == before + HOURS


def test_without_redis_a_service_is_ready_and_says_so(installation: Installation, days: Days) -> None:
    with away(installation, ["redis"]):
        answer = httpx.get(f"http://127.0.0.1:{installation.ports['telemetry']}/ready", timeout=10, trust_env=False)
        assert (answer.status_code, "sweep" in answer.json()["checks"]["broker"]) == (200, True)


def test_an_hour_that_telemetry_missed_is_met_late(installation: Installation, work: DemoWork, days: Days) -> None:
    """Compliance cannot ask: the duty stays due, and ends in its receipt when Telemetry is back."""
    begun(days)
    before = receipts(installation, work, days)
    with away(installation, ["telemetry-web"]):
        days.pass_hours(1)
    assert days.driver.failures != []
    days.driver.failures.clear()
    days.pass_hours(1)
    assert receipts(installation, work, days) == before + 2


@pytest.mark.parametrize("name", ["telemetry-sweep", "compliance-worker", "postgres"])
def test_a_killed_process_comes_back_and_nothing_is_lost(
    installation: Installation, work: DemoWork, days: Days, name: str
) -> None:
    begun(days)
    before = receipts(installation, work, days)
    supervisor = Supervisor(installation)
    killed = int(supervisor.states()[name]["pid"])
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while supervisor.states()[name]["pid"] in {0, killed} or not lifecycle.readiness(installation, "compliance")[0]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    days.pass_hours(1)
    days.driver.failures.clear()  # a connection that the kill had cut is taken up again by the next look
    days.pass_hours(1)
    # The service's own worker may have been at one of them: it is done when its answer is kept.
    deadline = time.monotonic() + 30
    while (found := receipts(installation, work, days)) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == before + 2
