"""The one place that reads the system clock.

A file named by `STACK_CLOCK_FILE` turns the clock of every process that reads it into a virtual one: it either stands
still at an instant or runs at real speed from one. Demos, year-long tests and an operator's training use it.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

CHILE = ZoneInfo("America/Santiago")
# Both regulators use winter time all year (DS 53/2020, Res. SMA 252): no daylight saving, ever.
REGULATOR_TIME = timezone(timedelta(hours=-4))


def now() -> datetime:
    """The instant it is, in aware UTC."""
    path = virtual_clock_file()
    return VirtualClock(path).read() if path else system_now()


def system_now() -> datetime:
    return datetime.now(UTC)


def virtual_clock_file() -> Path | None:
    name = os.environ.get("STACK_CLOCK_FILE", "")
    return Path(name) if name else None


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """A clock kept in a small file, so that all processes agree on it.

    The file holds `{"at": <ISO instant>, "since": <ISO system instant> | null}`: with `since` the clock runs on from
    `at` at real speed, without it the clock stands still. No file means the system's time.
    """

    path: Path

    def freeze(self, at: datetime) -> None:
        self._write(at, since=None)

    def run_from(self, at: datetime) -> None:
        self._write(at, since=system_now())

    def read(self) -> datetime:
        try:
            state = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return system_now()
        at = datetime.fromisoformat(state["at"])
        if state["since"] is None:
            return at
        return at + (system_now() - datetime.fromisoformat(state["since"]))

    def _write(self, at: datetime, *, since: datetime | None) -> None:
        if at.tzinfo is None:
            raise ValueError("the virtual clock needs an aware instant")
        state = {"at": at.astimezone(UTC).isoformat(), "since": since.isoformat() if since else None}
        # A reader must never see half a file: write beside it, then put it in place in one step.
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        draft.write_text(json.dumps(state))
        draft.replace(self.path)
