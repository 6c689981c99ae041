"""What is remembered of a counter between two readings, and the words in which rules speak of the next one.

Three totals, never mixed: the *counter* (as read, in counts), the *continuous volume* (m³ since the first reading,
over every reset and meter change) and the *reported totaliser* (the meter's own reading in m³).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, NamedTuple
from uuid import UUID

# A rise of two counts is always possible: the pulse before and the pulse after the interval.
COUNTS_OF_GRACE = 2.0
NOISE = 0.01


class Mark(NamedTuple):
    """A reading that later ones are compared with. `source` is None for one that a person entered."""

    time: datetime
    counts: Decimal
    source: UUID | None


class Counter(NamedTuple):
    """Everything that the next reading depends on once nothing is pending."""

    base: Mark | None = None  # the last reading that was believed
    volume: Decimal = Decimal(0)  # m³ at `base`
    meter_from: datetime | None = None  # since when this meter; None is the first
    truncated: Mark | None = None  # the last of a run of readings at a tenth
    refused: Mark | None = None  # the last of a run that a person said is no new meter


@dataclass(frozen=True, slots=True)
class Metering:
    """How this meter counts, at this time."""

    m3_per_count: Decimal
    counts_per_s: float  # no faster
    modulus: Decimal | None = None  # 10^digits


class Verdict(Enum):
    """What a reading is. Each has one effect in `stream.py`."""

    CONTINUES = auto()
    ROLLS_OVER = auto()
    NOISE = auto()
    TRUNCATED = auto()
    ZERO = auto()
    REFUSED = auto()
    JOINS = auto()  # the pending run
    JOINS_AS_NOISE = auto()
    STARTS = auto()  # a run of its own: a new meter, or a glitch


class Step(NamedTuple):
    """A reading to be judged. `pending` is the last of a run that may be a new meter, `pending_rises` its kind."""

    time: datetime
    counts: Decimal
    metering: Metering
    counter: Counter
    pending: Mark | None
    pending_rises: bool


def most_counts(mark: Mark, step: Step) -> float:
    """The most that the counter can have advanced since `mark`."""
    return (step.time - mark.time).total_seconds() * step.metering.counts_per_s + COUNTS_OF_GRACE


def continues(mark: Mark, step: Step) -> bool:
    return 0 <= step.counts - mark.counts <= most_counts(mark, step)


def is_noise(mark: Mark, step: Step) -> bool:
    """A drop of less than 1 %, or of one count."""
    drop = mark.counts - step.counts
    return drop > 0 and (drop <= 1 or float(drop) < float(mark.counts) * NOISE)


def pack(counter: Counter) -> dict[str, Any]:
    """As JSON, exactly."""
    return {
        "base": _pack(counter.base),
        "volume": str(counter.volume),
        "meter_from": counter.meter_from.isoformat() if counter.meter_from else None,
        "truncated": _pack(counter.truncated),
        "refused": _pack(counter.refused),
    }


def unpack(state: dict[str, Any]) -> Counter:
    meter_from = state["meter_from"]
    return Counter(
        base=_unpack(state["base"]),
        volume=Decimal(state["volume"]),
        meter_from=datetime.fromisoformat(meter_from) if meter_from else None,
        truncated=_unpack(state["truncated"]),
        refused=_unpack(state["refused"]),
    )


def _pack(mark: Mark | None) -> list[str | None] | None:
    return mark and [mark.time.isoformat(), str(mark.counts), str(mark.source) if mark.source else None]


def _unpack(mark: list[str] | None) -> Mark | None:
    if mark is None:
        return None
    time, count, source = mark
    return Mark(datetime.fromisoformat(time), Decimal(count), UUID(source) if source else None)
