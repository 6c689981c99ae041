"""Drives the pipelines through past days: sets the clock, lets each service look once, and goes on to the next hour."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.settings import Followed
from deploy.native.state import ROOT
from shared.clock import VirtualClock

HOUR = timedelta(hours=1)
# Readings of the full hour are there a little after it; nobody sends at the very second.
AFTER_THE_HOUR = timedelta(minutes=2)
MOST_WAKES_AN_HOUR = 12


class PassFailed(Exception):
    """A step of a service failed; the message is the service's own."""


@dataclass
class Follower:
    """One service's `sweep --lockstep`: a line in, one pass over what is due, a line out.

    `tells`: a line out too when what those behind it on the path wait for is done.
    """

    service: str
    process: subprocess.Popen[str]
    tells: bool = False

    def walk(self, *, everything: bool = False) -> dict[str, Any]:
        self.begin(everything=everything)
        return self.finish()

    def begin(self, *, everything: bool = False) -> None:
        """Those behind it may look when this returns; the pass may not be over."""
        if self.process.stdin is None:
            raise PassFailed(f"{self.service}: no pipes")
        self.process.stdin.write("all\n" if everything else "\n")
        self.process.stdin.flush()
        if self.tells:
            self._heard()

    def finish(self) -> dict[str, Any]:
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        if self.process.stdout is None:
            raise PassFailed(f"{self.service}: no pipes")
        line = self.process.stdout.readline()
        if not line:
            raise PassFailed(f"{self.service}: ended with status {self.process.wait()}")
        return dict(json.loads(line))


@contextmanager
def followers(followed: Mapping[str, Followed], log_folder: Path) -> Iterator[list[Follower]]:
    """A lockstep child for each service, stopped at the end."""
    with ExitStack() as stack:
        yield [stack.enter_context(_follower(name, how, log_folder)) for name, how in followed.items()]


@contextmanager
def _follower(service: str, how: Followed, log_folder: Path) -> Iterator[Follower]:
    with (
        (log_folder / f"demo-{service}.log").open("a") as log,
        subprocess.Popen(
            how.command,
            cwd=ROOT,
            env=dict(how.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Follower(service, process, tells="--tell" in how.command)
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """No more lines: the follower ends by itself."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()


@dataclass
class Driver:
    """Walks virtual time. `before(hour)` is what people do in it, `progress(hour)` is told each hour that is done."""

    clock: VirtualClock
    services: Sequence[Follower]
    before: Callable[[datetime], None]
    progress: Callable[[datetime], None]
    failures: list[str] = field(default_factory=list)
    wakes: dict[str, datetime | None] = field(default_factory=dict)

    def run(self, start: datetime, end: datetime) -> None:
        hour = start
        while hour <= end:
            self.clock.freeze(hour + AFTER_THE_HOUR)
            self.before(hour)
            self._hour(hour)
            self.progress(hour)
            hour += HOUR

    def _hour(self, hour: datetime) -> None:
        """One look after the hour, and one more whenever a row falls due before the next."""
        at, last = hour + AFTER_THE_HOUR, hour + HOUR + AFTER_THE_HOUR
        services: Sequence[Follower] = self.services
        for _ in range(MOST_WAKES_AN_HOUR):
            self._look(at, services)
            wake, services = self._next(at)
            if wake is None or wake >= last:
                return
            at = max(wake, at + timedelta(seconds=1))

    def _look(self, at: datetime, services: Sequence[Follower]) -> None:
        self.clock.freeze(at)
        for service in services:
            service.begin()
        for service in services:
            report = service.finish()
            self.failures += [
                f"{at:%Y-%m-%d %H:%M} {service.service}.{step}: {text}" for step, text in report["failed"].items()
            ]
            wake = report["next_wake_at"]
            self.wakes[service.service] = datetime.fromisoformat(wake) if wake else None

    def _next(self, at: datetime) -> tuple[datetime | None, Sequence[Follower]]:
        """The next wake after `at`, and who looks then: whoever asked for it and those behind it on the path."""
        asked = [(wake, n) for n, one in enumerate(self.services) if (wake := self.wakes[one.service]) and wake > at]
        if not asked:
            return None, []
        wake, first = min(asked)
        return wake, self.services[first:]
