"""From series and dated definitions to derived measurements: a pure function of what lies around each instant.

The quality of what is made is the worst of what it is made of. What cannot be made is missing with a reason, never a
number.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import NamedTuple

import numpy as np

from telemetry_service.formulas.evaluate import Problem, evaluate
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.virtual.align import EMPTY, Ints, Rows, align, instants_of, joined
from telemetry_service.virtual.definitions import Derived, Missing, Series, Version
from telemetry_service.virtual.judging import Judge, Verdicts, doubted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONG_AGO, FAR_AHEAD = -(2**62), 2**62
REASONS = {
    Problem.MISSING_INPUT: Reason.MISSING_INPUT,
    Problem.DIVISION_BY_ZERO: Reason.DIVISION_BY_ZERO,
    Problem.NOT_FINITE: Reason.NOT_FINITE,
}


class Span(NamedTuple):
    """`start <= t < end`, in microseconds since 1970, and what holds there."""

    start: int
    end: int
    version: Version


class Made(NamedTuple):
    variable: str
    version: int
    rows: Rows


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def spans_of(versions: Sequence[Version]) -> list[Span]:
    """`versions` in the order in which they begin to hold; of two from the same time the later one in the list."""
    starts = [LONG_AGO if one.valid_from is None else microseconds(one.valid_from) for one in versions]
    ends = [*starts[1:], FAR_AHEAD]
    return [Span(*one) for one in zip(starts, ends, versions, strict=True) if one[0] < one[1]]


def derive(
    spans: Sequence[Span], series: Mapping[Series, Rows], *, own: Mapping[str, Series], judge: Judge | None = None
) -> list[Made]:
    """Everything that `spans` define, wherever `series` has inputs. `own`: the series that each variable is stored as.

    What was read stands before what is made: of an instant that `series` has of a derived variable, nothing is made.
    What the `judge` doubts is doubtful in all that is made of it. It is asked about the values, which no quality
    changes, so it is asked once.
    """
    made = _made(spans, series, own, {})
    if judge is None:
        return made
    said = {name: judge.judged(name, _whole(made, name, series.get(key, EMPTY))) for name, key in own.items()}
    return made if not any(said.values()) else _made(spans, series, own, said)


def _whole(made: Sequence[Made], variable: str, read: Rows) -> Rows:
    """The variable under every version, and what was read of it."""
    rows = read
    for one in made:
        if one.variable == variable:
            rows = joined(rows, one.rows)
    return rows


def _made(
    spans: Sequence[Span], series: Mapping[Series, Rows], own: Mapping[str, Series], said: Verdicts
) -> list[Made]:
    known, made = dict(series), []
    for span in spans:
        for derived in span.version.derived:
            key = own[derived.variable]
            rows = _without(_derive(derived, span, known), series.get(key, EMPTY))
            rows = doubted(rows, said.get(derived.variable))
            known[key] = joined(known.get(key, EMPTY), rows)
            made.append(Made(derived.variable, span.version.version, rows))
    return made


def _derive(derived: Derived, span: Span, known: Mapping[Series, Rows]) -> Rows:
    inputs = {name: known.get(key, EMPTY) for name, key in derived.inputs.items()}
    instants = instants_of(list(inputs.values()))
    instants = instants[(instants >= span.start) & (instants < span.end)]
    if not len(instants):
        return EMPTY
    aligned = {
        name: align(rows, instants, tolerance_us=derived.tolerance_us, hold_us=derived.hold_us)
        for name, rows in inputs.items()
    }
    found = evaluate(derived.formula, {name: one.values for name, one in aligned.items()})
    complete = np.logical_and.reduce([one.at >= 0 for one in aligned.values()])
    values = np.where(complete, found.values, np.nan)
    qualities = reduce(np.maximum, (one.qualities for one in aligned.values()))
    reasons = reduce(np.bitwise_or, (one.reasons for one in aligned.values()))
    for problem, reason in REASONS.items():
        reasons = reasons | np.where(complete & ((found.problems & problem) != 0), reason, 0)
    qualities = np.where(np.isnan(values), int(Quality.MISSING), qualities)
    keep = complete | _worth_saying(derived, instants, complete)
    return Rows(instants, values, qualities, reasons).where(keep)


def _worth_saying(derived: Derived, instants: Ints, complete: Ints) -> Ints:
    """Which incomplete instants leave a row: none, or those that no complete one follows within the tolerance."""
    if derived.missing is Missing.REFUSE:
        return np.zeros(len(instants), dtype=bool)
    ready = instants[complete]
    following = np.searchsorted(ready, instants)
    near = np.zeros(len(instants), dtype=bool)
    inside = following < len(ready)
    near[inside] = ready[following[inside]] - instants[inside] <= derived.tolerance_us
    return ~complete & ~near


def _without(rows: Rows, read: Rows) -> Rows:
    return rows.where(~np.isin(rows.times, read.times))
