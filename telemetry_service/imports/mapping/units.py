"""The units in which a file may give a variable. What we could not convert is refused before anything is read."""

from telemetry_service.raw.units import UNITS

# These are not converted: a counter is taken as its meter counts, the others are in our own unit.
OWN: dict[str, tuple[str, ...]] = {
    "total": ("m3",),
    "pulses": ("pulsos", "pulses"),
    "temperature": ("°c", "c"),
    "pressure": ("kpa",),
    "ph": ("ph",),
    "conductivity": ("us/cm",),
    "turbidity": ("ntu",),
}


def units_of(variable: str) -> tuple[str, ...]:
    """Besides saying none, which is ours."""
    return tuple(UNITS[variable]) if variable in UNITS else OWN.get(variable, ())


def fits(variable: str, unit: str) -> bool:
    return not unit.strip() or plain_unit(unit) in units_of(variable)


def plain_unit(unit: str) -> str:
    return unit.strip().lower().replace("³", "3").replace("µ", "u").replace("μ", "u").replace(" ", "")
