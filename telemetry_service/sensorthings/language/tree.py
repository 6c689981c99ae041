"""What a `$filter` says, once it has been read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Value = float | str | bool | datetime | None
OPERATORS: tuple[Operator, ...] = ("eq", "ne", "gt", "ge", "lt", "le")
# `5 lt result` says what `result gt 5` says.
TURNED: dict[Operator, Operator] = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name` as it is written, with slashes: `properties/code`."""

    name: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Both:
    """All of its parts hold."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Comparison | Both | Either | Not
