"""Checks that configurations and schemas are made of: each names what is wrong by its path. Plain Python."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "nombre desconocido"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `path` inside the configuration, and what would be right."""

    path: tuple[str, ...]
    problem: str
    expected: str
    received: object = None


Path = tuple[str, ...]
Check = Callable[[Path, Any], Iterator[Problem]]


def members(
    path: Path, value: Mapping[str, Any], checks: Mapping[str, Check], *, needed: tuple[str, ...] = ()
) -> Iterator[Problem]:
    """Each member by its own check; what no check knows is unknown, and what is `needed` must be there."""
    for name, inner in value.items():
        check = checks.get(name)
        if check is None:
            yield Problem((*path, str(name)), UNKNOWN, f"uno de: {', '.join(checks)}", inner)
        else:
            yield from check((*path, name), inner)
    for name in needed:
        if name not in value:
            yield Problem((*path, name), "falta", "un valor")


def number(what: str, *, above: float | None = None, low: float | None = None, high: float) -> Check:
    """A finite JSON number greater than `above` or at least `low`, and at most `high`."""

    def check(path: Path, value: Any) -> Iterator[Problem]:
        floor = (above is None or value > above) and (low is None or value >= low) if is_number(value) else False
        if not floor or value > high:
            since = f"mayor que {above:g}" if above is not None else f"de {low:g} o más"
            yield Problem(path, "no es un valor posible", f"{what}: un número {since} y hasta {high:g}", value)

    return check


def whole(what: str, *, low: int, high: int, or_null: bool = False) -> Check:
    def check(path: Path, value: Any) -> Iterator[Problem]:
        if value is None and or_null:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            null = ", o null" if or_null else ""
            yield Problem(path, "no es un valor posible", f"{what}: un entero de {low} a {high}{null}", value)

    return check


def text(most: int) -> Check:
    def check(path: Path, value: Any) -> Iterator[Problem]:
        # jsonb refuses NUL and half of a surrogate pair.
        if not isinstance(value, str) or len(value) > most or re.search("[\x00\ud800-\udfff]", value):
            yield Problem(path, "no es un texto posible", f"un texto de hasta {most} caracteres", value)

    return check


def choice(*allowed: str) -> Check:
    def check(path: Path, value: Any) -> Iterator[Problem]:
        if value not in allowed:
            yield Problem(path, "no es una de las opciones", f"uno de: {', '.join(allowed)}", value)

    return check


def pair(path: Path, value: Any) -> Iterator[Problem]:
    right = isinstance(value, list) and len(value) == 2 and all(is_number(part) for part in value)
    if not right or value[0] >= value[1]:
        yield Problem(path, "no es un par de límites", "[mínimo, máximo], dos números con mínimo < máximo", value)


def any_number(path: Path, value: Any) -> Iterator[Problem]:
    if not is_number(value):
        yield Problem(path, "no es un número", "un número", value)


def flag(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(path, "no es true ni false", "true o false", value)


def is_number(value: object) -> bool:
    """A JSON number that a column can hold: no NaN, no infinity, no integer of a thousand digits."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300
