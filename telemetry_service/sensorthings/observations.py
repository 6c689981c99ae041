"""Measurements as Observations: `$filter` and `$orderby` as SQL, by key where the order allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.db.replica import reader
from shared.errors import InvalidInput, invalid
from telemetry_service.measurements.quality import LABELS
from telemetry_service.sensorthings.catalog import Series
from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.options import Options, Order
from telemetry_service.sensorthings.language.tree import Both, Comparison, Condition, Either, Not, Operator, Value

COLUMNS = {"phenomenonTime": "time", "resultTime": "known_since", "result": "value", "resultQuality": "quality"}
SIGNS: dict[Operator, str] = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
QUALITIES = {label: quality for quality, label in LABELS.items()}
ROWS = """
SELECT time, value, value_text, value_bool, quality, reasons, known_since FROM measurement
 WHERE point_id = %(point)s AND variable = %(variable)s AND {condition}
 ORDER BY {order} LIMIT %(limit)s OFFSET %(skip)s
"""
COUNT = "SELECT count(*) FROM measurement WHERE point_id = %(point)s AND variable = %(variable)s AND {condition}"


@dataclass(frozen=True, slots=True)
class Observation:
    """`result` as it was measured; `known_since` is when it took its present value."""

    series_id: str
    time: datetime
    result: float | str | bool | None
    quality: int
    reasons: int
    known_since: datetime


def observations(series: Series, *, options: Options, after: datetime | None, limit: int) -> list[Observation]:
    """At most `limit`, behind the instant `after` where the order is that of time."""
    asked: dict[str, Any] = {"limit": limit, "skip": options.skip, **_of(series)}
    condition = where(options.condition, asked)
    if after is not None:
        asked["after"] = after
        condition += f" AND time {'<' if descends(options) else '>'} %(after)s"
    with reader().cursor() as cursor:
        cursor.execute(ROWS.format(condition=condition, order=_order(options.order)), asked)
        return [_observation(series, row) for row in cursor.fetchall()]


def count_of(series: Series, *, condition: Condition | None) -> int:
    asked = _of(series)
    with reader().cursor() as cursor:
        cursor.execute(COUNT.format(condition=where(condition, asked)), asked)
        return int(cursor.fetchone()[0])


def _of(series: Series) -> dict[str, Any]:
    return {"point": series.point_id, "variable": series.variable}


def by_time(options: Options) -> bool:
    """Whether a page can go on behind an instant: it costs the same wherever it is."""
    return not options.order or (options.order[0].name == "phenomenonTime")


def descends(options: Options) -> bool:
    return bool(options.order) and options.order[0].descending


def where(condition: Condition | None, asked: dict[str, Any]) -> str:
    """As SQL; what it compares with goes into `asked`. Null is as in SQL, but for `eq null` and `ne null`."""
    if condition is None:
        return "true"
    if isinstance(condition, Comparison):
        return _comparison(condition, asked)
    if isinstance(condition, Not):
        return f"NOT coalesce({where(condition.part, asked)}, false)"
    word = " AND " if isinstance(condition, Both) else " OR "
    parts: Sequence[Condition] = condition.parts if isinstance(condition, Both | Either) else ()
    return f"({word.join(where(part, asked) for part in parts)})"


def _comparison(said: Comparison, asked: dict[str, Any]) -> str:
    column = _column(said.name, option="$filter")
    if said.value is None:
        if said.operator not in {"eq", "ne"}:
            raise invalid("$filter", "null no se compara así", received=said.name, expected="eq null o ne null")
        return f"{column} IS {'NOT ' if said.operator == 'ne' else ''}NULL"
    name = f"v{len(asked)}"
    asked[name] = _right_kind(said.name, said.value)
    return f"{column} {SIGNS[said.operator]} %({name})s"


def _column(name: str, *, option: str) -> str:
    if name in COLUMNS:
        return COLUMNS[name]
    if "/" in name or name in {"validTime", "parameters"}:
        raise NotSupported(f"{option}: «{name}» no se ofrece: {', '.join(COLUMNS)}.")
    raise invalid(option, f"una Observation no tiene «{name}»", expected=f"una de {', '.join(COLUMNS)}")


def _right_kind(name: str, value: Value) -> Value:
    if name in {"phenomenonTime", "resultTime"}:
        return _instant(name, value)
    if name == "resultQuality" and isinstance(value, str):
        if value not in QUALITIES:
            raise _wrong(name, value, f"un código o una de {', '.join(QUALITIES)}")
        return QUALITIES[value]
    if isinstance(value, float) and not isinstance(value, bool):
        return value
    raise _wrong(name, value, "un número")


def _instant(name: str, value: Value) -> datetime:
    if isinstance(value, str):  # many clients put quotes around it
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise _wrong(name, value, "2024-03-25T17:00:00Z") from error
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong(name, value, "2024-03-25T17:00:00Z")
    return value


def _wrong(name: str, value: Value, right: str) -> InvalidInput:
    return invalid("$filter", f"«{name}» no se compara con eso", received=str(value), expected=right)


def _order(order: Sequence[Order]) -> str:
    """With time at the end: rows that are alike else would come in any order, page by page in another."""
    parts = [
        f"{_column(one.name, option='$orderby')} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in order
    ]
    if order and order[0].name == "phenomenonTime":
        return f"time {'DESC' if order[0].descending else 'ASC'}"  # one measurement at a time: no more is to be said
    return ", ".join([*parts, "time"])


def _observation(series: Series, row: tuple[Any, ...]) -> Observation:
    time, number, text, flag, quality, reasons, known_since = row
    result = number if number is not None else text if text is not None else flag
    return Observation(series.id, time, result, quality, reasons, known_since)
