"""What is wrong with a row of JSON that could not be read, field by field."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from shared.errors import FieldError
from telemetry_service.push.read.said import FIELDS, NOTHING, RIGHT_TIME, Aware
from telemetry_service.push.read.values import QUOTED, Wrong, odd, read_json

KINDS: dict[str, tuple[type, ...]] = {
    "source": (str,),
    "key": (str,),
    "variable": (str,),
    "unit": (str,),
    "epoch_s": (int, float),
    "epoch_ms": (int,),
}
RIGHT = {
    "epoch_s": "segundos desde 1970 UTC, un número",
    "epoch_ms": "milisegundos desde 1970 UTC, un número entero",
}
TIMES = {"time", "epoch_s", "epoch_ms"}
NAIVE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?")


def explain(raw: bytes) -> list[FieldError]:
    """One error or more."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = "está cortada" if "truncated" in str(error) else "no es JSON"
        return [FieldError("(fila)", problem, _short(raw), "un objeto JSON en UTF-8")]
    if not isinstance(row, dict):
        return [FieldError("(fila)", "no es un objeto", _short(raw), '{"source": …, "key": …, "time": …, "value": …}')]
    found = [*_wrong(row), *_wrong_value(raw)]
    return found or [FieldError("(fila)", "no se puede leer", _short(raw), "los campos documentados")]


def time_error(text: str) -> FieldError | None:
    """None where the text is a time with its zone."""
    try:
        msgspec.convert(text, Aware)
    except msgspec.ValidationError:
        problem = "no dice su zona" if NAIVE.fullmatch(text.strip()) else "no es una hora RFC 3339"
        return FieldError("time", problem, text[:60], RIGHT_TIME)
    return None


def _wrong(row: dict[Any, Any]) -> Iterator[FieldError]:
    for name, value in row.items():
        if name not in FIELDS:
            yield FieldError(str(name)[:60], "campo desconocido", None, f"uno de: {', '.join(FIELDS)}")
        elif name in KINDS and (not isinstance(value, KINDS[name]) or isinstance(value, bool)):
            yield FieldError(name, "no es de su tipo", _short(value), RIGHT.get(name, "un texto"))
    if not TIMES & row.keys():
        yield FieldError("time", "falta", None, RIGHT_TIME)
    if "time" in row:
        said = row["time"]
        error = (
            time_error(said)
            if isinstance(said, str)
            else FieldError("time", "no es un texto", _short(said), RIGHT_TIME)
        )
        if error:
            yield error


def _wrong_value(raw: bytes) -> Iterator[FieldError]:
    said = bytes(msgspec.json.decode(raw, type=dict[str, Raw]).get("value", NOTHING))
    if odd(said) and not QUOTED.fullmatch(said):
        try:
            read_json(said)
        except Wrong as wrong:
            yield wrong.error


def _short(value: object) -> str | int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text[:60]
