"""Local days, and what of a hole falls on each. No clock, no database. Instants are microseconds since 1970."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol
from uuid import UUID

from shared.clock import CHILE, REGULATOR_TIME

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
SECOND = 1_000_000
# The days that a figure can be asked for: those of people, and those of both regulators. Both begin on a whole hour.
ZONES: dict[str, tzinfo] = {"santiago": CHILE, "utc-4": REGULATOR_TIME}


class Span(Protocol):
    """A stretch without readings. `end` None: it lasts, with a reading due every `cadence` after `start`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int | None: ...
    @property
    def missing(self) -> int: ...
    @property
    def cadence(self) -> int: ...


class Stretch(NamedTuple):
    """Part of a series, both ends included."""

    source_id: UUID
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Of one day: readings that should be there and are not, and the longest stretch without any."""

    missing: int = 0
    longest: int = 0


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    return EPOCH + at * MICROSECOND


def day_of(at: int, zone: tzinfo) -> date:
    return instant(at).astimezone(zone).date()


def begin_of(day: date, zone: tzinfo) -> int:
    """Its first instant. Where midnight does not exist (September in Chile), the instant that the clocks skip from."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))


def today_begins(now: datetime) -> dict[str, int]:
    """Zone by zone, when the day began that is not over yet."""
    return {name: begin_of(now.astimezone(zone).date(), zone) for name, zone in ZONES.items()}


def days_between(start: int, end: int, zone: tzinfo) -> Iterator[date]:
    """Every day with an instant of `start` to `end`, both included."""
    day, last = day_of(start, zone), day_of(end, zone)
    while day <= last:
        yield day
        day += DAY


def loss_on(day: date, spans: Iterable[Span], zone: tzinfo, *, today: int) -> Loss:
    """What these spans take from a day. One that lasts counts up to `today`'s first instant: today is not over."""
    begin, end = begin_of(day, zone), begin_of(day + DAY, zone)
    missing = longest = 0
    for span in spans:
        until = min(end, today if span.end is None else span.end)
        lost = _due_before(span, until) - _due_before(span, begin)
        if lost > 0:
            missing, longest = missing + lost, max(longest, until - max(begin, span.start))
    return Loss(missing, longest)


def _due_before(span: Span, at: int) -> int:
    """How many of the missing readings were due before `at`: evenly between the span's ends, or from its start on."""
    if at <= span.start:
        return 0
    if span.end is None:
        return (at - span.start - 1) // span.cadence
    parts = span.missing + 1
    # The k-th is due at start + k * length / parts; those strictly before `at`.
    return min(((at - span.start) * parts - 1) // (span.end - span.start), span.missing)
