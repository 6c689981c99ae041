"""When failures are an account's and not a device's: it is left alone for a while, then tried with one source.

No clock, no database: what is decided here is kept in the account's row by compare-and-set.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from telemetry_service.collect.schedule import back_off

BREAKS_AFTER = 5


@dataclass(frozen=True, slots=True)
class Circuit:
    """`failures`: transient ones in a row, of whichever sources. The account waits until `postponed_until`."""

    failures: int = 0
    postponed_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Broken, and not to be tried yet."""
        return self.is_broken and self.waits(now)

    def probes(self, now: datetime) -> bool:
        """Broken, and one source may find out whether it still is."""
        return self.is_broken and not self.waits(now)

    def waits(self, now: datetime) -> bool:
        return self.postponed_until is not None and now < self.postponed_until

    @property
    def is_broken(self) -> bool:
        return self.failures >= BREAKS_AFTER

    def after_failure(self, now: datetime) -> "Circuit":
        if self.is_open(now):
            return self  # one that began before it opened: a hundred at once are one reason to wait
        failures = self.failures + 1
        if failures < BREAKS_AFTER:
            return replace(self, failures=failures)
        return replace(self, failures=failures).postponed(now + back_off(failures - BREAKS_AFTER + 1))

    def after_answer(self, now: datetime) -> "Circuit":
        """Whatever the answer says: somebody is there. One to a question from before it opened proves nothing."""
        return self if self.is_open(now) else replace(self, failures=0)

    def postponed(self, until: datetime) -> "Circuit":
        return replace(self, postponed_until=max(until, self.postponed_until or until))
