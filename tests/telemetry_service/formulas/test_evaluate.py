"""What a formula gives, over one instant and over arrays of them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formulas.parse import parse
from telemetry_service.formulas.evaluate import Problem, evaluate, evaluate_one

NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


def value(text: str, **inputs: float | None) -> float | None:
    return evaluate_one(parse(text), inputs)[0]


def problem(text: str, **inputs: float | None) -> Problem:
    return evaluate_one(parse(text), inputs)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * 2", 7),
        ("a - b - 1", -3),
        ("-a ** 2", -1),
        ("2 ** 3 ** 2 + a - a", 512),
        ("min(a, b, 0)", 0),
        ("max(a, b)", 3),
        ("abs(a - b)", 2),
        ("round(b / 8, 2)", 0.38),
        ("round(2.5) + a - a", 2),
        ("sqrt(b + 1) ", 2),
        ("if(a < b, 10, 20)", 10),
        ("if(a >= b, 10, 20)", 20),
        ("(a == 1) + (b != 3) + (a <= b)", 2),
        ("a * pi", math.pi),
    ],
)
def test_arithmetic(text: str, expected: float) -> None:
    assert value(text, a=1.0, b=3.0) == expected


@pytest.mark.parametrize(
    ("text", "a", "expected"),
    [
        ("1 / a", 0.0, Problem.DIVISION_BY_ZERO),
        ("a / a", 0.0, Problem.DIVISION_BY_ZERO),
        ("a ** -1", 0.0, Problem.DIVISION_BY_ZERO),
        ("1 / (1 / a)", 0.0, Problem.DIVISION_BY_ZERO),
        ("(0 - a) ** 0.5", 8.0, Problem.NOT_FINITE),
        ("sqrt(0 - a)", 8.0, Problem.NOT_FINITE),
        ("9 ** 9 ** a", 9.0, Problem.NOT_FINITE),
        ("a + 1", None, Problem.MISSING_INPUT),
        ("a > 1", None, Problem.MISSING_INPUT),
        ("0 * a", None, Problem.MISSING_INPUT),
        ("max(a, 1)", None, Problem.MISSING_INPUT),
        ("if(a, 1, 2)", None, Problem.MISSING_INPUT),
        ("1 / a", None, Problem.MISSING_INPUT),
        ("a + 1", math.inf, Problem.MISSING_INPUT),
    ],
)
def test_what_cannot_be_calculated_is_no_number(text: str, a: float | None, expected: Problem) -> None:
    assert value(text, a=a) is None
    assert problem(text, a=a) == expected


def test_the_branch_not_taken_has_no_problem() -> None:
    assert value("if(flow > 0, volume / flow, 0)", flow=0.0, volume=5.0) == 0
    assert value("if(flow > 0, volume / flow, 0)", flow=2.0, volume=5.0) == 2.5
    assert problem("if(flow > 0, 0, volume / flow)", flow=0.0, volume=5.0) == Problem.DIVISION_BY_ZERO


def test_arrays_are_calculated_at_once() -> None:
    a, b = np.array([1.0, 2.0, np.nan, 4.0]), np.array([2.0, 0.0, 1.0, 1.0])
    found = evaluate(parse("a / b + 1"), {"a": a, "b": b})
    assert found.values.tolist()[::3] == [1.5, 5.0]
    assert found.problems.tolist() == [0, Problem.DIVISION_BY_ZERO, Problem.MISSING_INPUT, 0]
    assert np.isnan(found.values[1:3]).all()


def test_a_formula_of_constants_has_the_shape_of_its_inputs() -> None:
    assert evaluate(parse("2 * 3"), {"a": np.zeros(3)}).values.tolist() == [6, 6, 6]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> tuple[str, Any]:
    """A formula's text, and the same calculation as a Python function of a and b."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.integers(0, 99))
        return draw(
            st.sampled_from([("a", lambda a, b: a), ("b", lambda a, b: b), (str(number), lambda a, b: float(number))])
        )
    (left, f), (right, g) = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    return draw(
        st.sampled_from(
            [
                (f"({left} + {right})", lambda a, b: f(a, b) + g(a, b)),
                (f"({left} - {right})", lambda a, b: f(a, b) - g(a, b)),
                (f"({left} * {right})", lambda a, b: f(a, b) * g(a, b)),
                (f"({left} / {right})", lambda a, b: f(a, b) / g(a, b)),
                (f"min({left}, {right})", lambda a, b: min(f(a, b), g(a, b))),
                (f"-{left}", lambda a, b: -f(a, b)),
                (f"if({left} > {right}, {left}, {right})", lambda a, b: max(g(a, b), f(a, b))),
            ]
        )
    )


@given(expressions(), NUMBERS, NUMBERS)
def test_it_is_what_python_calculates(expression: tuple[str, Any], a: float, b: float) -> None:
    text, calculate = expression
    if len(text) > 400:
        return
    try:
        expected = calculate(a, b)
    except ZeroDivisionError:
        expected = None
    found = value(text, a=a, b=b)
    assert found == expected or (found is None and not math.isfinite(expected or math.nan))


@given(expressions(), st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=9))
def test_an_array_is_what_each_of_its_instants_is(expression: tuple[str, Any], rows: list[tuple[float, float]]) -> None:
    text = expression[0]
    if len(text) > 400:
        return
    a, b = (np.array(column) for column in zip(*rows, strict=True))
    found = evaluate(parse(text), {"a": a, "b": b})
    for index, (one, other) in enumerate(rows):
        single, why = evaluate_one(parse(text), {"a": one, "b": other})
        assert int(found.problems[index]) == why
        assert math.isnan(found.values[index]) if single is None else found.values[index] == single


@given(
    st.recursive(
        st.sampled_from(["a", "2", "0"]),
        lambda inner: st.builds("({}){}({})".format, inner, st.sampled_from(["+", "/", "**", "<"]), inner),
        max_leaves=8,
    ),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_a_value_is_finite_or_has_a_problem(text: str, a: float) -> None:
    found, why = evaluate_one(parse(text), {"a": a})
    assert (found is None) == bool(why)
    assert found is None or math.isfinite(found)
