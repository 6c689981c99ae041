"""`$filter` is read as OData says: precedence, literals, and where it goes wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidInput
from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.parser import parse_filter
from telemetry_service.sensorthings.language.tree import OPERATORS, Both, Comparison, Condition, Either, Not

A, B, C = (Comparison(name, "eq", 1.0) for name in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a eq 1", A),
        ("  a  eq  1.0 ", A),
        ("1 eq a", A),
        ("5 lt result", Comparison("result", "gt", 5.0)),
        ("a eq 1 and b eq 1", Both((A, B))),
        ("a eq 1 or b eq 1 and c eq 1", Either((A, Both((B, C))))),
        ("(a eq 1 or b eq 1) and c eq 1", Both((Either((A, B)), C))),
        ("not a eq 1 and b eq 1", Both((Not(A), B))),
        ("not (a eq 1 or b eq 1)", Not(Either((A, B)))),
        ("((a eq 1))", A),
        ("name eq 'O''Higgins'", Comparison("name", "eq", "O'Higgins")),
        ("name eq ' and '", Comparison("name", "eq", " and ")),
        ("name eq ''", Comparison("name", "eq", "")),
        ("properties/code ne 'X'", Comparison("properties/code", "ne", "X")),
        ("@iot.id eq 'x'", Comparison("@iot.id", "eq", "x")),
        ("result gt -1.5e-3", Comparison("result", "gt", -0.0015)),
        ("result le .5", Comparison("result", "le", 0.5)),
        ("result eq null", Comparison("result", "eq", None)),
        ("result eq true", Comparison("result", "eq", True)),
        (
            "phenomenonTime ge 2024-03-25T17:00:00Z",
            Comparison("phenomenonTime", "ge", datetime(2024, 3, 25, 17, tzinfo=UTC)),
        ),
        (
            "phenomenonTime ge 2024-03-25T17:00:00.25-03:00",
            Comparison("phenomenonTime", "ge", datetime(2024, 3, 25, 20, 0, 0, 250_000, tzinfo=UTC)),
        ),
    ],
)
def test_what_is_said(text: str, tree: Condition) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        ("result", 7),
        ("result gt", 10),
        ("result gt 1 and", 16),
        ("result gt 1 result lt 2", 13),
        ("(result gt 1", 13),
        ("result gt 1)", 12),
        ("result = 1", 8),
        ("result over 1", 8),
        ("result gt 1.5.2", 11),
        ("result gt 'x", 11),
        ("gt 1", 4),
        ("and", 4),
    ],
)
def test_where_it_goes_wrong_is_said(text: str, at: int) -> None:
    with pytest.raises(InvalidInput, match=f"carácter {at}$") as error:
        parse_filter(text)
    assert error.value.errors[0].field == "$filter"
    assert error.value.errors[0].expected


@pytest.mark.parametrize(
    "text",
    ["startswith(name, 'a')", "result add 1 eq 2", "result in (1, 2)", "result gt other", "day(phenomenonTime) eq 1"],
)
def test_what_is_not_offered_is_another_error(text: str) -> None:
    with pytest.raises(NotSupported, match="no se ofrece"):
        parse_filter(text)


def test_an_instant_that_is_none() -> None:
    with pytest.raises(InvalidInput):
        parse_filter("phenomenonTime gt 2024-13-25T17:00:00Z")


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "a eq 1" + ")" * 5000, "not " * 100 + "a eq 1", "a eq 1" + " or a eq 1" * 500]
)
def test_nobody_makes_it_dig_for_ever(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_filter(text)


def written(tree: Condition) -> str:
    """As OData, with all the parentheses there can be."""
    if isinstance(tree, Comparison):
        text = tree.value.replace("'", "''") if isinstance(tree.value, str) else ""
        value = f"'{text}'" if isinstance(tree.value, str) else repr(tree.value)
        return f"{tree.name} {tree.operator} {value}"
    if isinstance(tree, Not):
        return f"not ({written(tree.part)})"
    word = " and " if isinstance(tree, Both) else " or "
    return word.join(f"({written(part)})" for part in tree.parts)


comparisons = st.builds(
    Comparison,
    st.sampled_from(["result", "phenomenonTime", "properties/code"]),
    st.sampled_from(OPERATORS),
    st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
)
trees: Any = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda parts: Both(tuple(parts)), st.lists(inner, min_size=2, max_size=3))
        | st.builds(lambda parts: Either(tuple(parts)), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)


@given(trees)
def test_what_is_written_is_read_back(tree: Condition) -> None:
    assert parse_filter(written(tree)) == tree


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_an_error_with_a_name(text: str) -> None:
    said = ""
    try:
        parse_filter(text)
    except (InvalidInput, NotSupported) as error:
        said = str(error)
    assert not said or "$filter" in said
