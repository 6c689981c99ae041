"""A row of JSON that says one name twice: JSON lets it, readers take either, so nobody knows which was meant."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import UNSET

from shared.errors import FieldError
from telemetry_service.push.read.said import Name

NAME_ENDS = b'":'


def may_say_twice(body: bytes, names: Iterable[Name], units: Sequence[str]) -> bool:
    """Of rows without faults. False where there is surely none: the body has as many names as such rows have fields,
    a source, a key or a variable, a time, a value and perhaps a unit. A name with an escape, with a space behind it,
    or within a value, is looked at closely.
    """
    is_whole = all(source and (key is UNSET) is not (variable is UNSET) for source, key, variable in set(names))
    if b"\\" in body or not is_whole:
        return True
    with_unit = 0 if set(units) == {""} else sum(map(bool, units))
    return body.count(NAME_ENDS) != 4 * len(units) + with_unit


def said_twice(parts: Sequence[bytes]) -> Iterator[tuple[int, FieldError]]:
    """Each one's number and what it says twice; of what is no JSON nothing."""
    for number, part in enumerate(parts):
        for name, count in Counter(_names(part)).items():
            if count > 1:
                yield number, FieldError(name[:60], f"viene {count} veces en la misma fila", None, "una sola vez")


def _names(part: bytes) -> list[str]:
    """Of the outermost object alone."""
    try:
        found = json.loads(part, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    return [name for name, _ in found] if isinstance(found, list) and all(map(_is_pair, found)) else []


def _is_pair(one: Any) -> bool:
    return isinstance(one, tuple)
