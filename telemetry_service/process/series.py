"""A variable's values as columns, and the words in which rules object to them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.instants import Floats, Int64, Mask
from telemetry_service.process.setup import Setup


class Series(NamedTuple):
    """What one source says of one variable. All arrays have one entry a reading."""

    variable: str
    times: Int64  # µs since 1970, ascending, each once
    values: Floats  # in our unit; NaN where there is no value
    quality: Int64  # `Quality`, as the rules before this one left it
    reasons: Int64  # bits of `Reason`, likewise


class Objection(NamedTuple):
    """The readings of a series that a rule doubts. A worse quality stays, the reasons are added; the value is kept."""

    where: Mask
    quality: Quality
    reasons: Reason


class Reach(NamedTuple):
    """How far from a reading another can lie and still change what a rule says of it."""

    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(max(self.before, other.before), max(self.after, other.after))


NO_REACH = Reach()


def alone(_: Setup) -> Reach:
    """Of a rule that looks at each reading for itself."""
    return NO_REACH


@dataclass(frozen=True, slots=True)
class ValueRule:
    """`objects` gets a whole series and the settings that hold for it, and gives its objections.

    What it says of a reading may depend on the others within `reach`, and on nothing else: neither on how many there
    are before, nor on where the array ends. So a late row makes anew what lies within reach of it, and no more.
    """

    objects: Callable[[Series, Setup], Iterable[Objection]]
    reach: Callable[[Setup], Reach] = alone

    @property
    def name(self) -> str:
        return self.objects.__name__
