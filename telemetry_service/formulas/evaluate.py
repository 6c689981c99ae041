"""A formula's value over whole series at once, and why there is none where there is none.

What cannot be calculated is NaN with a problem beside it, never a number: a division by zero is not infinite here. A
problem in the branch that an `if` does not take is none.
"""

from collections.abc import Callable, Mapping
from enum import IntFlag
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.formulas.tree import Binary, Call, Name, Negative, Node, Number

Floats = NDArray[np.float64]
Bits = NDArray[np.int8]


class Problem(IntFlag):
    MISSING_INPUT = 1
    DIVISION_BY_ZERO = 2
    NOT_FINITE = 4  # too large, or no real number: (-8)**0.5


class Result(NamedTuple):
    """`values` is NaN exactly where `problems` is not 0. Both have the shape of the inputs, of scalars none."""

    values: Floats
    problems: Bits


def evaluate(node: Node, inputs: Mapping[str, Any]) -> Result:
    """`inputs`: floats or arrays of one length, by name; NaN is a missing input. Every name must be there."""
    known = {name: _known(value) for name, value in inputs.items()}
    shape = np.broadcast_shapes(*(one.values.shape for one in known.values()))
    with np.errstate(all="ignore"):
        values, problems = _evaluate(node, known)
    return Result(np.broadcast_to(values, shape), np.broadcast_to(problems, shape))


def evaluate_one(node: Node, inputs: Mapping[str, float | None]) -> tuple[float | None, Problem]:
    """As `evaluate`, for one instant. None is a missing input, and no value."""
    given = {name: np.nan if value is None else value for name, value in inputs.items()}
    found = evaluate(node, given)
    problem = Problem(int(found.problems))
    return (None if problem else float(found.values)), problem


def _known(value: Any) -> Result:
    values = np.asarray(value, dtype=np.float64)
    missing = np.where(np.isfinite(values), 0, Problem.MISSING_INPUT).astype(np.int8)
    return Result(np.where(missing, np.nan, values), missing)


def _evaluate(node: Node, known: Mapping[str, Result]) -> Result:
    match node:
        case Number(value):
            return Result(np.asarray(value, dtype=np.float64), np.asarray(0, dtype=np.int8))
        case Name(name):
            return known[name]
        case Negative(of):
            found = _evaluate(of, known)
            return Result(-found.values, found.problems)
        case Binary(sign, left, right, _):
            return _binary(sign, _evaluate(left, known), _evaluate(right, known))
        case Call(function, arguments, _):
            return _call(function, [_evaluate(one, known) for one in arguments])


def _binary(sign: str, left: Result, right: Result) -> Result:
    problems = left.problems | right.problems
    if sign == "/" or sign == "**":
        zero = (right.values == 0) if sign == "/" else (left.values == 0) & (right.values < 0)
        problems = problems | np.where(zero, Problem.DIVISION_BY_ZERO, 0).astype(np.int8)
    return _checked(SIGNS[sign](left.values, right.values), problems)


def _call(function: str, arguments: list[Result]) -> Result:
    if function == "if":
        return _choose(*arguments)
    problems = reduce(np.bitwise_or, (one.problems for one in arguments))
    values = [one.values for one in arguments]
    if function == "round":
        return _checked(_rounded(values[0], int(values[1]) if len(values) > 1 else 0), problems)
    made = ALONE[function](values[0]) if function in ALONE else reduce(FUNCTIONS[function], values)
    return _checked(made, problems)


def _choose(condition: Result, then: Result, otherwise: Result) -> Result:
    taken = condition.values != 0
    problems = condition.problems | np.where(taken, then.problems, otherwise.problems)
    return _checked(np.where(taken, then.values, otherwise.values), problems)


def _checked(values: Any, problems: Any) -> Result:
    """What is no finite number and has no other problem is not finite."""
    lost = ~np.isfinite(values)
    problems = np.where(lost & (problems == 0), np.int8(Problem.NOT_FINITE), problems).astype(np.int8)
    return Result(np.where(problems != 0, np.nan, values), problems)


def _rounded(values: Floats, decimals: int) -> Floats:
    # Half to even, as Python rounds; -0.0 reads as a mistake.
    return np.round(values, decimals) + 0.0


def _compare(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: function(left, right).astype(np.float64)


SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "<": _compare(np.less),
    "<=": _compare(np.less_equal),
    ">": _compare(np.greater),
    ">=": _compare(np.greater_equal),
    "==": _compare(np.equal),
    "!=": _compare(np.not_equal),
}
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}
ALONE: dict[str, Callable[[Any], Any]] = {"abs": np.abs, "sqrt": np.sqrt}
