"""From the bytes of an answer to readings. A failure is never a number: what cannot be read is an error."""

import json
from datetime import UTC, datetime
from typing import Any

from telemetry_service.providers.adapters import Reading


class BadAnswer(ValueError):
    pass


def read_answer(body: bytes, answer: int) -> tuple[list[Reading], bool]:
    """The readings of a page, and whether there are more. A value of null is no reading. Raises BadAnswer."""
    try:
        # Numbers stay as they are written: no digit of a long totaliser is lost.
        document = json.loads(body, parse_float=Number, parse_int=Number, parse_constant=_refuse)
        rows = [row for row in document["readings"] if row["value"] is not None]
        return [_reading(row, answer) for row in rows], document["more"] is True
    except (ValueError, KeyError, TypeError) as error:
        raise BadAnswer(f"la respuesta no se puede leer ({type(error).__name__})") from error


class Number(str):
    __slots__ = ()


def _reading(row: dict[str, Any], answer: int) -> Reading:
    at = datetime.fromisoformat(row["time"])
    if at.tzinfo is None:
        raise BadAnswer("la hora no dice su zona")
    if not isinstance(row["value"], Number) or not isinstance(row["key"], str):
        raise BadAnswer("el valor no es un número")
    return Reading(row["key"], str(row["value"]), at.astimezone(UTC), str(row.get("unit") or "")[:20], answer)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
