from decimal import Decimal
from fractions import Fraction

import pytest

from shared.quantities import line_between
from telemetry_service.raw.units import OURS, SAME, UNITS, converted, ratio_to_ours, refusal


@pytest.mark.parametrize(
    ("variable", "unit", "number", "ours"),
    [
        ("flow", "", "1.91", "1.91"),
        ("flow", "L/s", "1.91", "1.91"),
        ("flow", "m³/h", "7.2", "2"),
        ("flow", "m3 / H", "7.2", "2"),
        ("flow", "l/min", "90", "1.5"),
        ("level", "cm", "250", "2.5"),
        ("total", "m3", "7", "7"),
        ("ph", "pH", "7.1", "7.1"),
        ("level", "kPa", "9.80665", "1"),
        ("level", "cmH2O", "250", "2.5"),
        ("level", "mca", "2.5", "2.5"),
        ("level", "bar", "0.980665", "10"),
        ("level", "pies", "10", "3.048"),
        ("temperature", "°F", "212", "100"),
        ("temperature", "ºC", "12.5", "12.5"),
        ("temperature", "K", "273.15", "0"),
        ("pressure", "bar", "1.5", "150"),
        ("pressure", "hPa", "1013.25", "101.325"),
        ("conductivity", "mS/cm", "0.71", "710"),
        ("conductivity", "S/m", "0.071", "710"),
        ("turbidity", "FNU", "3", "3"),
        ("flow", "m³/día", "86.4", "1"),
        ("flow", "ML/day", "0.864", "10"),
        ("battery", "%", "81", "81"),
        ("battery_voltage", "mV", "3600", "3.6"),
        ("signal", "dBm", "-97", "-97"),
    ],
)
def test_the_providers_unit_becomes_ours(variable: str, unit: str, number: str, ours: str) -> None:
    ratio = ratio_to_ours(variable, unit)
    assert ratio
    assert converted(Decimal(number), ratio) == Decimal(ours)


@pytest.mark.parametrize(
    ("variable", "unit", "why"),
    [
        ("flow", "gpm", "«gpm» no es una unidad que se conozca"),  # of which gallon?
        ("flow", "gal/min", "«gal/min» no es una unidad que se conozca"),
        ("flow", "kPa", "«kPa» mide una presión y aquí se mide un caudal, en L/s"),
        ("flow", "m3", "«m3» mide un volumen y aquí se mide un caudal, en L/s"),
        ("level", "°F", "«°F» mide una temperatura y aquí se mide una longitud, en m"),
        ("water_table", "kPa", "«kPa» mide una presión y aquí se mide una longitud, en m"),
        ("temperature", "F/m", "«F/m» mide otra magnitud y aquí se mide una temperatura, en degC"),
        ("level", "m; drop", "«m; drop» no es una unidad que se conozca"),
        ("level", "m" * 33, f"«{'m' * 33}» no es una unidad que se conozca"),
        ("level", "9^9^9^9^9", "«9^9^9^9^9» no es una unidad que se conozca"),
        ("level", "m^9^9^9^9", "«m^9^9^9^9» no es una unidad que se conozca"),
        ("level", "()", "«()» no es una unidad que se conozca"),
        ("level", "m**9999999", "«m**9999999» no es una unidad que se conozca"),
        ("ph", "mV", "«mV» no es una unidad de esta variable"),
    ],
)
def test_a_unit_that_is_none_of_the_variables_is_refused_and_says_why(variable: str, unit: str, why: str) -> None:
    assert ratio_to_ours(variable, unit) is None
    assert refusal(variable, unit) == why


# How the tables spell, and how the units are spelled.
SPELLED = {
    "lps": "L/s",
    "lts/s": "L/s",
    "lpm": "L/min",
    "mts": "m",
    "c": "degC",
    "°c": "degC",
    "f": "degF",
    "°f": "degF",
}
SPELLED |= {"kpa": "kPa", "v": "V", "mv": "mV", "us/cm": "uS/cm", "ms/cm": "mS/cm", "ds/m": "dS/m", "m3/h": "m^3/h"}


@pytest.mark.parametrize("variable", sorted(OURS))
def test_the_ratios_of_the_usual_spellings_are_those_of_the_units_themselves(variable: str) -> None:
    for spelling, ratio in UNITS[variable].items():
        line = line_between(SPELLED.get(spelling, spelling), OURS[variable])
        assert (line.slope, line.start) == (Fraction(ratio.times, ratio.over), Fraction(ratio.plus, ratio.over))


def test_a_counter_is_not_asked_for_its_unit() -> None:
    assert ratio_to_ours("total", "galones") is SAME
    assert refusal("total", "galones") is None
