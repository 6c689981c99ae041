"""What rows say, column by column, whatever format they came in."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from shared.errors import FieldError
from telemetry_service.push.read.values import Wrong
from telemetry_service.raw.lots import Micros

Name = tuple[str, str | UnsetType, str | UnsetType]  # source, key, variable
Aware = Annotated[datetime, Meta(tz=True)]
NOTHING = Raw(b"null")
RIGHT_TIME = "con zona, como 2026-01-02T12:00:00-03:00 o …Z; o «epoch_s» o «epoch_ms»"
MOST_EPOCH_S = 253_402_300_799  # the year 9999


class Row(Struct, gc=False, forbid_unknown_fields=True):
    """A row of JSON. What is missing is found missing afterwards, with the row's other faults."""

    source: str = ""
    key: str | UnsetType = UNSET
    variable: str | UnsetType = UNSET
    time: Aware | UnsetType = UNSET
    epoch_s: int | float | UnsetType = UNSET
    epoch_ms: int | UnsetType = UNSET
    value: Raw = NOTHING
    unit: str = ""


FIELDS = Row.__struct_fields__


@dataclass(frozen=True, slots=True)
class Said:
    """Columns of one length. Of a row that has faults the columns say nothing."""

    names: Sequence[Name]
    times: Micros
    values: Sequence[bytes]
    units: Sequence[str]
    faults: Mapping[int, list[FieldError]]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(slots=True)
class Faults:
    """Found so far, by number of the row."""

    found: dict[int, list[FieldError]] = field(default_factory=dict)

    def add(self, number: int, error: FieldError) -> None:
        self.found.setdefault(number, []).append(error)

    def tried(self, number: int, read: Callable[..., Any], *said: Any) -> Any:
        """What `read` makes of it; None where it is wrong."""
        try:
            return read(*said)
        except Wrong as wrong:
            self.add(number, wrong.error)
            return None


def said(
    names: Sequence[Name],
    times: Sequence[float | None],
    values: Sequence[bytes | None],
    units: Sequence[str],
    faults: Faults,
) -> Said:
    """`times` in seconds since 1970. None stands where there is a fault."""
    if faults.found:
        times = [0.0 if at is None else at for at in times]
        values = [b"" if value is None else value for value in values]
    _check_units(units, faults)
    micros = np.rint(np.array(times, np.float64) * 1e6).astype(np.int64)
    return Said(names, micros, values, units, faults.found)  # type: ignore[arg-type]  # no None is left


def seconds_of(row: Row) -> float:
    """The row's time, said in one of three ways. Raises Wrong."""
    said = [name for name in ("time", "epoch_s", "epoch_ms") if getattr(row, name) is not UNSET]
    if not said:
        raise Wrong("time", "falta", None, RIGHT_TIME)
    if len(said) > 1:
        raise Wrong("time", f"viene dos veces: {', '.join(said)}", None, "una sola de las tres")
    if not isinstance(row.time, UnsetType):
        return row.time.timestamp()
    return epoch(row.epoch_s, "epoch_s") if row.epoch_s is not UNSET else epoch(row.epoch_ms, "epoch_ms") / 1000


def epoch(number: Any, name: str) -> float:
    """Raises Wrong for one beyond what calendars have."""
    if not abs(number) <= MOST_EPOCH_S * (1000 if name == "epoch_ms" else 1):  # so that NaN is not either
        unit = "milisegundos" if name == "epoch_ms" else "segundos"
        raise Wrong(name, "no es una hora posible", number, f"{unit} desde 1970 UTC")
    return float(number)


def _check_units(units: Sequence[str], faults: Faults) -> None:
    wrong = {unit for unit in set(units) if len(unit) > 20 or "\0" in unit}
    for number in _where(units, wrong):
        faults.add(number, FieldError("unit", "no es una unidad", units[number][:40], "hasta 20 letras"))


def _where(column: Sequence[Any], wrong: Iterable[Any]) -> list[int]:
    return [number for number, one in enumerate(column) if one in wrong] if wrong else []


def times_of(rows: Sequence[Row], faults: Faults, *, but: Collection[int]) -> list[float | None]:
    """In seconds since 1970; None for the rows `but`, of which nothing is known."""
    if {row.epoch_s for row in rows} | {row.epoch_ms for row in rows} <= {UNSET}:
        try:
            return [row.time.timestamp() for row in rows]  # type: ignore[union-attr]  # that is what is tried
        except AttributeError:
            pass
    return [None if number in but else faults.tried(number, seconds_of, row) for number, row in enumerate(rows)]
