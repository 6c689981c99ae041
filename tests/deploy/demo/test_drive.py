import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from deploy.demo.drive import AFTER_THE_HOUR, MOST_WAKES_AN_HOUR, Driver, Follower, PassFailed
from shared.clock import VirtualClock

HOUR = datetime(2024, 5, 1, 10, tzinfo=UTC)


class Service:
    """Wants to be woken at the times it is given, one after the other."""

    def __init__(self, clock: VirtualClock, wakes: list[datetime | None], failed: dict[str, str] | None = None) -> None:
        self.service = "telemetry"
        self.clock, self.wakes, self.failed = clock, wakes, failed or {}
        self.looked_at: list[datetime] = []

    def begin(self) -> None:
        self.looked_at.append(self.clock.read())

    def finish(self) -> dict[str, Any]:
        wake = self.wakes.pop(0) if self.wakes else None
        return {"failed": self.failed, "next_wake_at": wake.isoformat() if wake else None}


def drive(tmp_path: Path, *wakes: datetime | None, failed: dict[str, str] | None = None) -> tuple[Service, Driver]:
    clock = VirtualClock(tmp_path / "clock.json")
    service = Service(clock, list(wakes), failed)
    told: list[datetime] = []
    driver = Driver(clock, [service], before=told.append, progress=told.append)  # type: ignore[list-item]
    driver.run(HOUR, HOUR)
    assert told == [HOUR, HOUR]
    return service, driver


def test_one_look_a_little_after_the_hour(tmp_path: Path) -> None:
    service, _ = drive(tmp_path)
    assert service.looked_at == [HOUR + AFTER_THE_HOUR]


def test_wakes_before_the_next_hour_are_kept(tmp_path: Path) -> None:
    soon = HOUR + timedelta(minutes=7)
    service, _ = drive(tmp_path, soon, HOUR + timedelta(hours=2))
    assert service.looked_at == [HOUR + AFTER_THE_HOUR, soon]


def test_a_wake_in_the_past_is_no_wake(tmp_path: Path) -> None:
    service, _ = drive(tmp_path, HOUR)
    assert len(service.looked_at) == 1


def test_a_service_that_never_rests_does_not_hold_the_hour(tmp_path: Path) -> None:
    restless: list[datetime | None] = [HOUR + AFTER_THE_HOUR + timedelta(seconds=n) for n in range(1, 99)]
    service, _ = drive(tmp_path, *restless)
    assert len(service.looked_at) == MOST_WAKES_AN_HOUR


def test_failed_steps_are_told(tmp_path: Path) -> None:
    _, driver = drive(tmp_path, failed={"collect": "boom"})
    assert driver.failures == ["2024-05-01 10:02 telemetry.collect: boom"]


def test_only_who_asked_and_those_behind_look_again(tmp_path: Path) -> None:
    clock = VirtualClock(tmp_path / "clock.json")
    early, late = HOUR + timedelta(minutes=7), HOUR + timedelta(minutes=20)
    telemetry, compliance = Service(clock, [late]), Service(clock, [early])
    compliance.service = "compliance"
    driver = Driver(clock, [telemetry, compliance], before=lambda hour: None, progress=lambda hour: None)  # type: ignore[list-item]
    driver.run(HOUR, HOUR)
    assert telemetry.looked_at == [HOUR + AFTER_THE_HOUR, late]
    assert compliance.looked_at == [HOUR + AFTER_THE_HOUR, early, late]


# Tells that it is halfway, and is done when it finds the file.
HALFWAY = """
import pathlib, sys, time
for line in sys.stdin:
    print('{"passed": "process"}', flush=True)
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.01)
    print('{"failed": {}, "next_wake_at": null}', flush=True)
"""


def test_those_behind_look_before_the_pass_is_over(tmp_path: Path) -> None:
    last = tmp_path / "last"
    with Popen([sys.executable, "-c", HALFWAY, str(last)], stdin=PIPE, stdout=PIPE, text=True) as process:
        follower = Follower("telemetry", process, tells=True)
        follower.begin()
        assert process.poll() is None
        last.touch()
        assert follower.finish() == {"failed": {}, "next_wake_at": None}
        process.communicate()


def test_one_that_ends_halfway_is_a_failed_pass() -> None:
    ended, failed = [sys.executable, "-c", "input()"], pytest.raises(PassFailed, match="telemetry: ended with status 0")
    with Popen(ended, stdin=PIPE, stdout=PIPE, text=True) as process, failed:
        Follower("telemetry", process, tells=True).begin()
