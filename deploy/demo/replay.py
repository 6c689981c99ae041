"""The story: each work joins on its day, the hours pass, and the operator explains the day his meter read a tenth."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deploy.demo.api import Api
from deploy.demo.drive import AFTER_THE_HOUR, HOUR, Driver, Follower, followers
from deploy.demo.settings import Settings
from deploy.demo.works import END, START, DemoWork, find_duty, set_up
from deploy.simulators.truth import TENTH_SCALE
from shared.clock import REGULATOR_TIME, VirtualClock

# The morning after the day that read a tenth, when somebody has looked at it.
EXPLAINED_AT = TENTH_SCALE[1] + timedelta(hours=23)
NOTE = "El registrador entregó caudal y totalizador a un décimo; las lecturas reales no se pueden recuperar."
LINE_EVERY_H = 24 * 5


def begin(clock: VirtualClock) -> None:
    """Before anything starts: the system must not wake up in today and then be sent into the past."""
    if not clock.path.exists():
        clock.path.parent.mkdir(parents=True, exist_ok=True)
        clock.freeze(START + AFTER_THE_HOUR)


def replay(settings: Settings, api: Api, works: Sequence[DemoWork]) -> list[str]:
    """From where the clock stands to the end; says which steps failed on the way. At the end the clock runs on."""
    if settings.finished.exists():
        return []
    clock = VirtualClock(settings.clock_file)
    hour = clock.read().replace(minute=0, second=0, microsecond=0)
    with followers(settings.followed, settings.logs) as services:
        story = _Story(api, works, settings.providers_url, services)
        driver = Driver(clock, services, before=story.tell, progress=_Progress(hour))
        driver.run(hour, END)
    clock.run_from(clock.read())
    settings.finished.touch()
    return driver.failures


@dataclass
class _Story:
    api: Api
    works: Sequence[DemoWork]
    providers_url: str
    services: Sequence[Follower]

    def tell(self, hour: datetime) -> None:
        """What people do in this hour, before the pipelines look."""
        for work in self.works:
            if work.start == hour:
                set_up(self.api, work, providers_url=self.providers_url, look=self._look)
        if hour == EXPLAINED_AT:
            self._explain()

    def _look(self) -> None:
        """A new point is known to the others by a hint or within a minute; here at once."""
        for service in self.services:
            service.walk(everything=True)

    def _explain(self) -> None:
        since, until = TENTH_SCALE
        duty = find_duty(self.api, next(work for work in self.works if work.engine == "thingsboard"))
        if duty is None:
            return
        body = {
            "config": duty["id"],
            "from": since.isoformat(),
            "to": until.isoformat(),
            "cause": "instrument_failure",
            "note": NOTE,
        }
        self.api.post("/api/compliance/obligations/explain/", body)


@dataclass
class _Progress:
    """One line that changes on a terminal, a line every five days elsewhere."""

    first: datetime
    began: float = field(default_factory=time.monotonic)

    def __call__(self, hour: datetime) -> None:
        done = (hour - START) / (END - START)
        passed = round((hour - START) / HOUR)
        text = f"{hour.astimezone(REGULATOR_TIME):%Y-%m-%d %H:%M}  {done:4.0%}  {time.monotonic() - self.began:5.0f} s"
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{text}{'' if hour < END else chr(10)}")
        elif passed % LINE_EVERY_H == 0 or hour == END:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
