"""Litres are not added to metres, nor L/s to m³/h; where and why is said. What a factor may mean is let through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formulas.dimensions import check_dimensions, check_result, measures_of
from shared.formulas.parse import parse
from shared.formulas.tree import FormulaError

UNITS = {
    "flow": "L/s", "other_flow": "m3/h", "level": "m", "volume": "m3", "ph": "pH", "turbidity": "NTU",
    "temperature": "°C", "pressure": "kPa", "signal": "dBm", "battery": "%", "free": "",
}  # fmt: skip


def checked(formula: str, unit: str = "") -> None:
    check_result(check_dimensions(parse(formula), measures_of(UNITS)), unit)


@pytest.mark.parametrize(
    ("formula", "at", "said"),
    [
        ("flow + level", 6, "se suma L/s con m"),
        ("volume - flow", 8, "se resta m3 con L/s"),
        ("2 * flow + level / 2", 10, "se suma L/s con m"),
        ("flow > level", 6, "se compara L/s con m"),
        ("max(level, 1, flow)", 1, "«max» compara m con L/s"),
        ("1 + if(flow > 1, level, volume)", 5, "«if» elige entre m con m3"),
        ("2 ** level", 3, "se eleva a m"),
        ("level + temperature", 7, "se suma m con °C"),
        ("ph + level", 4, "se suma pH con m"),
        ("ph + turbidity", 4, "se suma pH con NTU"),
        ("flow + other_flow", 6, "se suma L/s con m3/h"),
        ("sqrt(volume) + level", 14, "se suma (m3)^1/2 con m"),
        ("level ** 2 + level", 12, "se suma (m)^2 con m"),
    ],
)
def test_what_does_not_add_up_is_said_with_its_place(formula: str, at: int, said: str) -> None:
    with pytest.raises(FormulaError) as refused:
        checked(formula)
    assert (refused.value.at, refused.value.problem) == (at, f"{said} (carácter {at})")
    assert refused.value.expected


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("level - 12.5", "m"),
        ("level - unknown", "m"),
        ("flow * 3.6", "m3/h"),
        ("flow * 86.4", "m3"),
        ("flow / level", "L/s/m"),
        ("flow / (level - 12.5)", "L/s/m"),
        ("if(flow > 0, volume / flow, 0) * 1000", "s"),
        ("pressure / 9.80665", "m"),
        ("sqrt(level * level) + level", "m"),
        ("level ** 2", "m2"),
        ("level ** -1", "1/m"),
        ("temperature + 1", "°C"),
        ("min(flow, 3, flow)", "L/s"),
        ("abs(-flow)", "L/s"),
        ("round(ph, 1)", "pH"),
        ("free + level", "m"),
        ("free * flow + volume", "m3"),
        ("flow > 3", ""),
        ("flow / flow", ""),
        ("other_flow / 3.6 + flow", "L/s"),
        ("signal + 1", "dBm"),
        ("battery + 1", "%"),
    ],
)
def test_what_adds_up(formula: str, unit: str) -> None:
    checked(formula, unit)


@pytest.mark.parametrize(
    ("formula", "unit", "said", "right"),
    [
        ("flow", "m3/h", "da L/s, que no es m3/h", "la fórmula por 3.6, o su unidad: L/s"),
        ("volume / flow", "s", "da m3/(L/s), que no es s", "la fórmula por 1000, o su unidad: m3/(L/s)"),
        ("level", "m3", "da m, no m3", "la unidad de lo que la fórmula da"),
        ("flow / level", "L/s", "da L/s/(m), no L/s", "la unidad de lo que la fórmula da"),
        ("level + 1", "pH", "da m, no pH", "la unidad de lo que la fórmula da"),
    ],
)
def test_a_formula_gives_what_it_says(formula: str, unit: str, said: str, right: str) -> None:
    with pytest.raises(FormulaError) as refused:
        checked(formula, unit)
    assert refused.value.problem.startswith(said)
    assert refused.value.expected == right


NAMES = st.sampled_from(["flow", "level", "volume", "ph", "temperature", "free"])


@given(NAMES, NAMES)
def test_a_sum_is_of_alike_things_whichever_comes_first(one: str, other: str) -> None:
    def may(formula: str) -> Any:
        try:
            checked(formula)
        except FormulaError:
            return False
        return True

    assert may(f"{one} + {other}") == may(f"{other} + {one}") == may(f"max({one}, {other})")
    assert may(f"{one} + {one} * 2 - {one} / 3")
    assert may(f"{one} * {other}")
    alike = one == other or "free" in (one, other)
    assert may(f"{one} + {other}") == alike
