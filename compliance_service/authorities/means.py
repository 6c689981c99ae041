"""The time-weighted mean of what was measured over a period. Plain Python: no clock, no database.

A measurement stands until the next one, and for no longer than `gap`. What is not good stands for nothing: its time is
not covered, and it ends what stood before it. Nothing is imputed: the mean is of the covered time alone, and how much
of the period that is, is said beside it. The sum is exact (fractions of the numbers as they are written); whoever
reports it rounds it, once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from compliance_service.authorities.judgement import Measured, doubt

EPOCH, TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# Cut, not rounded: what is rounded afterwards comes out as that of the exact number would. No more digits than the
# calculations with decimals that follow keep.
DIGITS = Context(prec=25, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Span:
    """`variable` of `point` in [start, end). `gap`: how long a measurement stands where none follows it."""

    point: UUID
    variable: str
    start: datetime
    end: datetime
    gap: timedelta

    @property
    def reads_from(self) -> datetime:
        """What was measured shortly before the period stands into it."""
        return self.start - self.gap


@dataclass(frozen=True, slots=True)
class Mean:
    """`weighted`: sum of value × covered µs. `count`: the measurements that bear on it, `bad` of them not good.

    `sha256`: over a line for each of them in the order of time, `TIME VALUE QUALITY VERSION KNOWN`, times in µs since
    1970, VALUE the shortest decimal (or `null`), VERSION of the configuration (or `null`), KNOWN since when it is so.
    """

    span: Span
    weighted: Fraction
    covered: int
    count: int
    bad: int
    sha256: str

    @property
    def value(self) -> Decimal | None:
        """None where nothing is covered."""
        if not self.covered:
            return None
        exact = self.weighted / self.covered
        return DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))

    @property
    def coverage(self) -> Fraction:
        """Of the period, 0 to 1."""
        return Fraction(self.covered, _ticks(self.span.end - self.span.start))

    def evidence(self, *, now: datetime, needed: float) -> dict[str, Any]:
        """Enough to make it again from the measurements, as they were known at `now`."""
        value, span = self.value, self.span
        return {
            "time": span.end.isoformat(),
            "value": None if value is None else float(value),
            "exact": None if value is None else str(value),
            "quality": 1 if self.coverage >= Fraction(str(needed)) else 3,
            "reasons": [],
            "known_since": now.isoformat(),
            "mean": {
                "from": span.start.isoformat(),
                "to": span.end.isoformat(),
                "gap_s": span.gap.total_seconds(),
                "count": self.count,
                "bad": self.bad,
                "coverage": f"{DIGITS.divide(Decimal(self.coverage.numerator), self.coverage.denominator):.6f}",
                "needed": str(needed),
                "sha256": self.sha256,
            },
        }


class Fold:
    """Takes measurements in the order of time, one by one, and keeps the last: a half year needs no more room."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._stands: Measured | None = None
        self._weighted, self._covered = Fraction(0), 0
        self._count, self._bad = 0, 0
        self._digest = hashlib.sha256()

    def add(self, row: Measured) -> None:
        if not self._span.reads_from <= row.time < self._span.end:
            return
        self._close(row.time)
        self._stands = row

    def mean(self) -> Mean:
        self._close(self._span.end)
        self._stands = None
        return Mean(self._span, self._weighted, self._covered, self._count, self._bad, self._digest.hexdigest())

    def _close(self, at: datetime) -> None:
        """What stands, stands no longer than until `at`; what did not reach the period does not bear on it."""
        row = self._stands
        if row is None:
            return
        until = min(at, row.time + self._span.gap, self._span.end)
        if until <= self._span.start:
            return
        self._note(row)
        if not doubt(row) and row.value is not None:
            ticks = _ticks(until - max(row.time, self._span.start))
            self._weighted += Fraction(repr(row.value)) * ticks
            self._covered += ticks
        else:
            self._bad += 1

    def _note(self, row: Measured) -> None:
        value = "null" if row.value is None else repr(row.value)
        version = "null" if row.config_version is None else row.config_version
        known = _ticks(datetime.fromisoformat(row.known_since) - EPOCH)
        self._digest.update(f"{_ticks(row.time - EPOCH)} {value} {row.quality} {version} {known}\n".encode())
        self._count += 1


def mean_of(span: Span, rows: Iterable[Measured]) -> Mean:
    """Of rows in any order; those of other points, variables and times bear on nothing."""
    fold = Fold(span)
    mine = (row for row in rows if row.point == span.point and row.variable == span.variable)
    for row in sorted(mine, key=lambda row: row.time):
        fold.add(row)
    return fold.mean()


def _ticks(span: timedelta) -> int:
    return span // TICK
