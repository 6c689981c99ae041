import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quantities import Line, Refused, line_between

POUND_N, INCH_M = Fraction(45_359_237, 10**8) * Fraction(980_665, 10**5), Fraction(254, 10_000)


@pytest.mark.parametrize(
    ("unit", "ours", "line"),
    [
        ("m³/h", "L/s", Line(Fraction(5, 18), Fraction(0))),
        ("m3/s", "L/s", Line(Fraction(1000), Fraction(0))),
        ("ft3/s", "L/s", Line(Fraction(3048, 10_000) ** 3 * 1000, Fraction(0))),
        ("°F", "degC", Line(Fraction(5, 9), Fraction(-160, 9))),
        ("degF", "degC", Line(Fraction(5, 9), Fraction(-160, 9))),
        ("K", "degC", Line(Fraction(1), Fraction(-27_315, 100))),
        ("mS/cm", "uS/cm", Line(Fraction(1000), Fraction(0))),
        ("bar", "kPa", Line(Fraction(100), Fraction(0))),
        ("psi", "kPa", Line(POUND_N / INCH_M**2 / 1000, Fraction(0))),
        ("PSI", "kPa", Line(POUND_N / INCH_M**2 / 1000, Fraction(0))),
        ("kgf/cm2", "kPa", Line(Fraction(980_665, 10_000), Fraction(0))),
    ],
)
def test_the_line_is_exact(unit: str, ours: str, line: Line) -> None:
    assert line_between(unit, ours) == line


@pytest.mark.parametrize(
    ("unit", "slope"),
    [
        ("mH2O", Fraction(1)),
        ("cmH2O", Fraction(1, 100)),
        ("kPa", 1 / Fraction(980_665, 100_000)),
        ("bar", 100 / Fraction(980_665, 100_000)),
        ("psi", POUND_N / INCH_M**2 / 1000 / Fraction(980_665, 100_000)),
        ("mm", Fraction(1, 1000)),
    ],
)
def test_a_pressure_is_the_column_that_makes_it(unit: str, slope: Fraction) -> None:
    """Of water of 1000 kg/m³, under standard gravity."""
    assert line_between(unit, "m", column=True) == Line(slope, Fraction(0))


def test_a_pressure_is_no_depth() -> None:
    with pytest.raises(Refused, match="«psi» mide una presión y aquí se mide una longitud"):
        line_between("psi", "m")


@given(st.text(max_size=40))
def test_any_text_is_a_line_or_refused(text: str) -> None:
    try:
        line = line_between(text, "L/s")
    except Refused as refused:
        assert f"«{text}»" in str(refused)  # noqa: PT017 what is raised is one of the two answers
    else:
        assert line.slope > 0


def test_the_usual_units_do_without_the_library() -> None:
    """It takes a second to import, and no reading waits for it."""
    code = (
        "import sys; from telemetry_service.raw.units import ratio_to_ours as r;"
        "assert all((r('flow', 'm3/h'), r('level', 'cm'), r('temperature', '°F'))); assert 'pint' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
