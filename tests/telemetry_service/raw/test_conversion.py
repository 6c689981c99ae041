import pytest

from shared.quantities import SAME, conversion


@pytest.mark.parametrize(
    ("unit", "other", "value", "expected"),
    [
        ("L/s", "m3/h", 10.0, 36.0),
        ("m3/h", "L/s", 36.0, 10.0),
        ("m", "cm", 1.5, 150.0),
        ("m3", "L", 2.0, 2000.0),
        ("m³", "L", 2.0, 2000.0),
        ("°C", "°F", 100.0, 212.0),
        ("kPa", "bar", 150.0, 1.5),
        ("mca", "kPa", 10.0, 98.0665),
        ("µS/cm", "mS/cm", 500.0, 0.5),
    ],
)
def test_a_number_in_another_unit(unit: str, other: str, value: float, expected: float) -> None:
    found = conversion(unit, other)
    assert found is not None
    assert value * found.factor + found.offset == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "other"),
    [
        ("L/s", "m"),
        ("L/s", "caudal"),
        ("pH", "m"),
        ("L/s", ""),
        ("L/s", "__import__"),
        ("m", "1/0"),
        ("m", "m**9**9**9"),
    ],
)
def test_what_measures_something_else_has_no_conversion(unit: str, other: str) -> None:
    assert conversion(unit, other) is None


def test_a_unit_nobody_knows_is_itself() -> None:
    assert conversion("NTU", "NTU") == SAME
