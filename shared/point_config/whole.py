"""What a point's configuration may say. Plain Python.

`pulse_constants` is accepted as the specification writes it (pulses per litre); lengths are in metres.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from shared.checks import UNKNOWN, Check, Problem, choice, members, number, pair, text, whole
from shared.point_config.derived import (
    VARIABLES,
    coded,
    composite,
    constants,
    problems_of_derived,
    virtual_variables,
)
from shared.point_config.quality import quality

PULSE_VARIABLES = ("total", "flow")
LEVEL_READINGS = ("column", "depth")
# What Telemetry's detectors find and a person confirms: see docs/alerts.md.
FAULTS = (
    "unit_slip", "pulse_factor", "tenth_scale", "frozen_counter", "FLOW_TOTAL_CONSISTENCY",
    "LEVEL_ACCUMULATED_CONSISTENCY", "ZERO_TOTAL_RESET", "LEVEL_MAX_RESET",
)  # fmt: skip


def problems_of(config: object) -> list[Problem]:
    """Everything that is wrong with a configuration; an empty list when it may be stored."""
    if not isinstance(config, Mapping):
        return [Problem((), "no es un objeto", 'un objeto como {"sensor_depth": 60.0}', config)]
    found = list(members((), config, CHECKS))
    return found or list(chain(_pulses(config), _depths(config), problems_of_derived(config), _tested(config)))


def problems_of_part(config: object) -> list[Problem]:
    """As `problems_of`, of a part that another completes. A null takes away what the other says."""
    if not isinstance(config, Mapping):
        return problems_of(config)
    return [one for one in members((), config, CHECKS) if one.received is not None or one.problem == UNKNOWN]


def _pulse_constants(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"total": {"pulses_per_liter": 1000}}', value)
        return
    yield from members(path, value, dict.fromkeys(PULSE_VARIABLES, _pulse_constant))


def _pulse_constant(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"pulses_per_liter": 1000}', value)
        return
    yield from members(path, value, PULSE_CHECKS)


def _limits(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"flow": [0, 50]}', value)
        return
    yield from members(path, value, dict.fromkeys((*VARIABLES, *coded(value)), pair))


def _pulses(config: Mapping[str, Any]) -> Iterator[Problem]:
    for variable, constant in config.get("pulse_constants", {}).items():
        if "pulses_per_liter" not in constant:
            expected = "pulsos por litro; 0.001 si el medidor ya entrega m³ (1000 litros por pulso)"
            yield Problem(("pulse_constants", variable, "pulses_per_liter"), "falta", expected)


def _tested(config: Mapping[str, Any]) -> Iterator[Problem]:
    """What is tested is measured, or a virtual variable of the same whole."""
    known = (*VARIABLES, *(config.get("virtual_variables") or {}))
    for part in ("quality", "limits"):
        for name, said in (config.get(part) or {}).items():
            if name not in known:
                yield Problem((part, name), UNKNOWN, f"uno de: {', '.join(known)}", said)


def _depths(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Nothing hangs below the bottom of the well."""
    bottom = config.get("well_depth")
    for name in ("pump_depth", "sensor_depth"):
        if bottom is not None and config.get(name, 0) > bottom:
            expected = f"hasta la profundidad del pozo (well_depth = {bottom:g} m)"
            yield Problem((name,), "queda bajo el fondo del pozo", expected, config[name])


def _faults(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"flow": "unit_slip"}', value)
        return
    yield from members(path, value, dict.fromkeys(VARIABLES, choice(*FAULTS)))


def _mean_flow(path: tuple[str, ...], value: Any) -> Iterator[Problem]:
    """Being there switches it on; without a window it is an hour."""
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"window_s": 3600}, o nada si no se pide', value)
        return
    yield from members(path, value, {"window_s": whole("segundos", low=60, high=86_400)})


PULSE_CHECKS: dict[str, Check] = {
    "pulses_per_liter": number("pulsos por litro", low=1e-6, high=1e6),
    "calibration_factor": number("factor de calibración", low=0.01, high=100),
    "description": text(500),
}
CHECKS: dict[str, Check] = {
    "pulse_constants": _pulse_constants,
    "well_depth": number("metros", above=0, high=3000),
    "pump_depth": number("metros", low=0, high=3000),
    "sensor_depth": number("metros", low=0, high=3000),
    # Pipes are often written in millimetres or inches; ten metres is wider than any.
    "pipe_diameter": number("metros (0.15 es un tubo de 150 mm)", above=0, high=10),
    "level_reading": choice(*LEVEL_READINGS),
    "meter_digits": whole("dígitos del medidor", low=3, high=12, or_null=True),
    "limits": _limits,
    "quality": quality,
    "faults": _faults,
    "virtual_variables": virtual_variables,
    "constants": constants,
    "composite": composite,
    "mean_flow": _mean_flow,
    # An electromagnetic meter's zero drifts to both sides: a smaller flow is none.
    "low_cutoff": number("L/s, caudal bajo el cual no fluye nada", above=0, high=5),
    "level_max": number("metros, para LEVEL_MAX_RESET", above=0, high=3000),
    "replacement_readings": whole("lecturas que confirman un medidor nuevo", low=1, high=1000),
}
