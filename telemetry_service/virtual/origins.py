"""What a derived measurement was made of: the formula that held at its time, and what each input said there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np

from telemetry_service.measurements.quality import Reason
from telemetry_service.virtual.align import Aligned, Rows, align
from telemetry_service.virtual.definitions import Derived, Series
from telemetry_service.virtual.derive import EPOCH, Span, microseconds, spans_of
from telemetry_service.virtual.queries import rows_of, versions_of


class InputAt(NamedTuple):
    """`time`: of the row that counted, None where none did. `held`: it is of an earlier instant, and says so."""

    name: str
    point_id: UUID
    variable: str
    time: datetime | None
    value: float | None
    quality: int
    held: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """`formula` as it was written, over the names of the inputs and the point's constants."""

    formula: str
    missing: str
    tolerance_s: int
    hold_s: int
    inputs: list[InputAt]


Wanted = tuple[str, datetime]


def origins(*, point_id: UUID, wanted: Collection[Wanted]) -> dict[Wanted, Origin]:
    """Of the point's derived variables at these times. What is not defined there is left out."""
    found: dict[Wanted, Origin] = {}
    for span in spans_of(versions_of(point_id)):
        for derived in span.version.derived:
            times = sorted(at for variable, at in wanted if variable == derived.variable and _holds(span, at))
            if times:
                found |= {(derived.variable, at): one for at, one in zip(times, _origins(derived, times), strict=True)}
    return found


def _holds(span: Span, at: datetime) -> bool:
    return span.start <= microseconds(at) < span.end


def _origins(derived: Derived, times: list[datetime]) -> list[Origin]:
    reach = timedelta(microseconds=derived.reach_us)
    known = rows_of(set(derived.inputs.values()), start=times[0] - reach, end=times[-1])
    instants = np.array([microseconds(at) for at in times], dtype=np.int64)
    columns = {
        name: (known[key].all, key, _aligned(derived, known[key].all, instants)) for name, key in derived.inputs.items()
    }
    return [
        Origin(
            derived.text,
            derived.missing.value,
            derived.tolerance_us // 1_000_000,
            derived.hold_us // 1_000_000,
            [_input(name, key, rows, one, index) for name, (rows, key, one) in columns.items()],
        )
        for index in range(len(times))
    ]


def _aligned(derived: Derived, rows: Rows, instants: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Aligned:
    return align(rows, instants, tolerance_us=derived.tolerance_us, hold_us=derived.hold_us)


def _input(name: str, key: Series, rows: Rows, aligned: Aligned, index: int) -> InputAt:
    place, quality = int(aligned.at[index]), int(aligned.qualities[index])
    if place < 0:
        return InputAt(name, key.point_id, key.variable, None, None, quality, held=False)
    at = EPOCH + timedelta(microseconds=int(rows.times[place]))
    held = bool(aligned.reasons[index] & Reason.HELD_INPUT)
    return InputAt(name, key.point_id, key.variable, at, float(rows.values[place]), quality, held)
