"""The units in which a file may give a variable. What we could not convert is refused before anything is read."""

from telemetry_service.raw import units

# A counter is taken as its meter counts, so its unit is not converted.
COUNTERS: dict[str, tuple[str, ...]] = {"total": ("m3",), "pulses": ("pulsos", "pulses")}
plain_unit = units.plain_unit


def units_of(variable: str) -> tuple[str, ...]:
    """Those to choose from, besides saying none, which is ours."""
    return COUNTERS.get(variable) or units.units_of(variable)


def fits(variable: str, unit: str) -> bool:
    if not unit.strip():
        return True
    if variable in COUNTERS or not units.units_of(variable):
        return plain_unit(unit) in units_of(variable)
    return units.ratio_to_ours(variable, unit) is not None
