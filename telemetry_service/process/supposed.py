"""What may be supposed of a point's configuration: what Core would store, of all that a measurement is made with.

Core is not asked: what is only supposed is stored nowhere. `tests/contract/point_config_wrong.json` holds the two
together. What is made of other measurements (`UNREAD`) is not replayed, and is checked where it is stored.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from shared.checks import Check, Path, Problem, choice, members, number, pair, text, whole
from shared.errors import FieldError, InvalidInput
from telemetry_service.measurements.queries import units
from telemetry_service.process.qartod.defaults import kind_of, standing
from telemetry_service.process.qartod.thresholds import Unusable, read_thresholds

UNREAD = ("virtual_variables", "constants", "composite")
DEPTHS = ("pump_depth", "sensor_depth")
FAULTS = (
    "unit_slip", "pulse_factor", "tenth_scale", "frozen_counter", "FLOW_TOTAL_CONSISTENCY",
    "LEVEL_ACCUMULATED_CONSISTENCY", "ZERO_TOTAL_RESET", "LEVEL_MAX_RESET",
)  # fmt: skip


def check_supposed(config: Mapping[str, Any], *, field: str = "suppose.config") -> None:
    """Raises InvalidInput with everything that is wrong, by its path under `field`."""
    found = list(members((), config, CHECKS)) or [*_pulses(config), *_depths(config)]
    if found:
        errors = [FieldError(".".join((field, *one.path)), one.problem, one.received, one.expected) for one in found]
        raise InvalidInput("Esa configuración no se podría guardar.", errors=errors)


def _object(checks: Mapping[str, Check], path: Path, value: Any) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        yield from members(path, value, checks)
    else:
        yield Problem(path, "no es un objeto", f"un objeto con: {', '.join(checks)}", value)


def _by_variable(check: Check, path: Path, value: Any) -> Iterator[Problem]:
    yield from _object(dict.fromkeys(units(), check), path, value)


def _tests(path: Path, value: Any) -> Iterator[Problem]:
    variable = path[-1]
    try:
        read_thresholds(value, standing=standing(variable), kind=kind_of(variable))
    except Unusable as error:
        yield Problem((*path, *error.path), error.problem, error.expected, error.received)


def _pulses(config: Mapping[str, Any]) -> Iterator[Problem]:
    for variable, constant in config.get("pulse_constants", {}).items():
        if "pulses_per_liter" not in constant:
            yield Problem(("pulse_constants", variable, "pulses_per_liter"), "falta", "pulsos por litro")


def _depths(config: Mapping[str, Any]) -> Iterator[Problem]:
    bottom = config.get("well_depth")
    for name in DEPTHS:
        if bottom is not None and config.get(name, 0) > bottom:
            expected = f"hasta la profundidad del pozo (well_depth = {bottom:g} m)"
            yield Problem((name,), "queda bajo el fondo del pozo", expected, config[name])


def _anything(path: Path, value: Any) -> Iterator[Problem]:
    return iter(())


PULSE: dict[str, Check] = {
    "pulses_per_liter": number("pulsos por litro", low=1e-6, high=1e6),
    "calibration_factor": number("factor de calibración", low=0.01, high=100),
    "description": text(500),
}
CHECKS: dict[str, Check] = {
    "pulse_constants": partial(_object, dict.fromkeys(("total", "flow"), partial(_object, PULSE))),
    "well_depth": number("metros", above=0, high=3000),
    **dict.fromkeys(DEPTHS, number("metros", low=0, high=3000)),
    "pipe_diameter": number("metros (0.15 es un tubo de 150 mm)", above=0, high=10),
    "level_reading": choice("column", "depth"),
    "meter_digits": whole("dígitos del medidor", low=3, high=12, or_null=True),
    "limits": partial(_by_variable, pair),
    "quality": partial(_by_variable, _tests),
    "faults": partial(_by_variable, choice(*FAULTS)),
    "mean_flow": partial(_object, {"window_s": whole("segundos", low=60, high=86_400)}),
    "low_cutoff": number("L/s, caudal bajo el cual no fluye nada", above=0, high=5),
    "level_max": number("metros, para LEVEL_MAX_RESET", above=0, high=3000),
    "replacement_readings": whole("lecturas que confirman un medidor nuevo", low=1, high=1000),
    **dict.fromkeys(UNREAD, _anything),
}
