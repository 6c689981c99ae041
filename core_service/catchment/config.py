"""What a point's configuration may say. Plain Python.

`pulse_constants` is accepted as the specification writes it (pulses per litre); lengths are in metres.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

VARIABLES = (
    "flow", "level", "water_table", "total", "volume", "pulses", "mean_flow",
    "temperature", "pressure", "ph", "conductivity", "turbidity",
)  # fmt: skip
PULSE_VARIABLES = ("total", "flow")
LEVEL_READINGS = ("column", "depth")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `path` inside the configuration, and what would be right."""

    path: tuple[str, ...]
    problem: str
    expected: str
    received: object = None


Check = Callable[[tuple[str, ...], Any], Iterator[Problem]]


def problems_of(config: object) -> list[Problem]:
    """Everything that is wrong with a configuration; an empty list when it may be stored."""
    if not isinstance(config, Mapping):
        return [Problem((), "no es un objeto", 'un objeto como {"sensor_depth": 60.0}', config)]
    found = list(_members((), config, CHECKS))
    return found or list(_depths(config))


def _members(path: tuple[str, ...], value: Mapping[str, Any], checks: Mapping[str, Check]) -> Iterator[Problem]:
    for name, inner in value.items():
        check = checks.get(name)
        if check is None:
            yield Problem((*path, name), "nombre desconocido", f"uno de: {', '.join(checks)}", inner)
        else:
            yield from check((*path, name), inner)


def _number(what: str, *, above: float | None = None, low: float | None = None, high: float) -> Check:
    """A finite JSON number greater than `above` or at least `low`, and at most `high`."""

    def check(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
        floor = (above is None or value > above) and (low is None or value >= low) if is_number(value) else False
        if not floor or value > high:
            since = f"mayor que {above:g}" if above is not None else f"de {low:g} o más"
            yield Problem(path, "no es un valor posible", f"{what}: un número {since} y hasta {high:g}", value)

    return check


def _whole(what: str, *, low: int, high: int, or_null: bool = False) -> Check:
    def check(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
        if value is None and or_null:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            null = ", o null" if or_null else ""
            yield Problem(path, "no es un valor posible", f"{what}: un entero de {low} a {high}{null}", value)

    return check


def _text(most: int) -> Check:
    def check(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
        # jsonb refuses NUL and half of a surrogate pair.
        if not isinstance(value, str) or len(value) > most or re.search("[\x00\ud800-\udfff]", value):
            yield Problem(path, "no es un texto posible", f"un texto de hasta {most} caracteres", value)

    return check


def _choice(*allowed: str) -> Check:
    def check(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
        if value not in allowed:
            yield Problem(path, "no es una de las opciones", f"uno de: {', '.join(allowed)}", value)

    return check


def _pulse_constants(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"total": {"pulses_per_liter": 1000}}', value)
        return
    yield from _members(path, value, dict.fromkeys(PULSE_VARIABLES, _pulse_constant))


def _pulse_constant(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"pulses_per_liter": 1000}', value)
        return
    yield from _members(path, value, PULSE_CHECKS)
    if "pulses_per_liter" not in value:
        expected = "pulsos por litro; 0.001 si el medidor ya entrega m³ (1000 litros por pulso)"
        yield Problem((*path, "pulses_per_liter"), "falta", expected)


def _limits(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"flow": [0, 50]}', value)
        return
    yield from _members(path, value, dict.fromkeys(VARIABLES, _pair))


def _pair(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    right = isinstance(value, list) and len(value) == 2 and all(is_number(part) for part in value)
    if not right or value[0] >= value[1]:
        yield Problem(path, "no es un par de límites", "[mínimo, máximo], dos números con mínimo < máximo", value)


def _depths(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Nothing hangs below the bottom of the well."""
    bottom = config.get("well_depth")
    for name in ("pump_depth", "sensor_depth"):
        if bottom is not None and config.get(name, 0) > bottom:
            expected = f"hasta la profundidad del pozo (well_depth = {bottom:g} m)"
            yield Problem((name,), "queda bajo el fondo del pozo", expected, config[name])


def is_number(value: object) -> bool:
    """A JSON number that a column can hold: no NaN, no infinity, no integer of a thousand digits."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


PULSE_CHECKS: dict[str, Check] = {
    "pulses_per_liter": _number("pulsos por litro", low=1e-6, high=1e6),
    "calibration_factor": _number("factor de calibración", low=0.01, high=100),
    "description": _text(500),
}
CHECKS: dict[str, Check] = {
    "pulse_constants": _pulse_constants,
    "well_depth": _number("metros", above=0, high=3000),
    "pump_depth": _number("metros", low=0, high=3000),
    "sensor_depth": _number("metros", low=0, high=3000),
    # Pipes are often written in millimetres or inches; ten metres is wider than any.
    "pipe_diameter": _number("metros (0.15 es un tubo de 150 mm)", above=0, high=10),
    "level_reading": _choice(*LEVEL_READINGS),
    "meter_digits": _whole("dígitos del medidor", low=3, high=12, or_null=True),
    "limits": _limits,
    "replacement_readings": _whole("lecturas que confirman un medidor nuevo", low=1, high=1000),
}
