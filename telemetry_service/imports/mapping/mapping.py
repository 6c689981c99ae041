"""What the columns of a file are. Columns go by the name in the header, so that a mapping serves for the next file."""

import unicodedata
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from telemetry_service.imports.mapping.numbers import NumberForm

CHILE = "America/Santiago"


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is read; what is empty is found out from its bytes. `header_row` is counted from 1."""

    sheet: str = ""
    header_row: int = 1
    delimiter: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """`clock` is the column of the hour where the day has one of its own. `formats` empty: the usual ones."""

    column: str
    clock: str = ""
    formats: tuple[str, ...] = ()
    zone: str = CHILE


@dataclass(frozen=True, slots=True)
class PointColumn:
    """Where the point's code or id is: in a column, or the same for all rows."""

    column: str = ""
    constant: str = ""


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """`unit` empty: ours. A counter is taken as the meter counts."""

    column: str
    variable: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name in the column of variables stands for; `variable` empty: its rows are none of ours."""

    name: str
    variable: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LongColumns:
    """One reading a row: what was measured is said in a column, the unit perhaps in another."""

    variable: str
    value: str
    unit: str = ""
    names: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Either `values` (wide: a column for each variable) or `long` (a row for each reading)."""

    time: TimeColumns
    point: PointColumn
    values: tuple[ValueColumn, ...] = ()
    long: LongColumns | None = None
    number: NumberForm = field(default_factory=NumberForm)
    file: FileForm = field(default_factory=FileForm)

    @property
    def value_columns(self) -> tuple[str, ...]:
        """A verdict for each of these in every row."""
        return (self.long.value,) if self.long else tuple(value.column for value in self.values)


def pack(mapping: Mapping) -> dict[str, Any]:
    """As JSON."""
    return asdict(mapping)


def unpack(said: Pairs[str, Any]) -> Mapping:
    """What `pack` gave, or a validated body of the same form with parts left out."""
    long = said.get("long")
    return Mapping(
        time=TimeColumns(**{**said["time"], "formats": tuple(said["time"].get("formats", ()))}),
        point=PointColumn(**said["point"]),
        values=tuple(ValueColumn(**value) for value in said.get("values", ())),
        long=LongColumns(**{**long, "names": tuple(Meaning(**name) for name in long.get("names", ()))})
        if long
        else None,
        number=NumberForm(**said.get("number", {})),
        file=FileForm(**said.get("file", {})),
    )


def plain(text: str) -> str:
    """A name without what people write now one way, now another: capitals, accents, spaces, underscores."""
    bare = unicodedata.normalize("NFKD", text.replace("\ufeff", "")).encode("ascii", "ignore").decode()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in bare.casefold()).split())


def index_of(header: Sequence[str], name: str) -> int:
    """The column of that name, capitals and accents aside. Raises LookupError: missing, or there twice."""
    exact = [index for index, title in enumerate(header) if title.strip() == name.strip()]
    found = exact or [index for index, title in enumerate(header) if plain(title) == plain(name)]
    if len(found) != 1:
        raise LookupError("está más de una vez" if found else "no está en la cabecera")
    return found[0]
