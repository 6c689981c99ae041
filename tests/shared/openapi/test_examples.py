"""An example says the shape of an answer: of all its rows, with what may be missing."""

from typing import Any

import pytest

from shared.openapi.examples import merged, schema_of

INTEGER, NUMBER, STRING = {"type": "integer"}, {"type": "number"}, {"type": "string"}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-03-25T17:00:00Z", "date-time"),
        ("2024-03-25T17:00:00.25-03:00", "date-time"),
        ("2024-03-25", "date"),
        ("0b7e6b1e-2f0c-4a53-9a55-6a0b1de7c001", "uuid"),
        ("2024-03-25 17:00", None),
        ("pozo", None),
    ],
)
def test_a_text_says_its_form(text: str, form: str | None) -> None:
    assert schema_of(text) == (STRING | {"format": form} if form else STRING)


@pytest.mark.parametrize(
    ("rows", "items"),
    [
        ([{"a": 1}, {"a": None}], {"type": "object", "properties": {"a": INTEGER | {"nullable": True}}}),
        ([{"a": None}, {"a": 1}], {"type": "object", "properties": {"a": INTEGER | {"nullable": True}}}),
        ([{"a": 1}, {"b": "x"}], {"type": "object", "properties": {"a": INTEGER, "b": STRING}}),
        ([1, 2.5], NUMBER),
        ([{"a": []}, {"a": [1]}], {"type": "object", "properties": {"a": {"type": "array", "items": INTEGER}}}),
        ([None, {"a": 1}], {"type": "object", "properties": {"a": INTEGER}, "nullable": True}),
        (["2024-03-25", "ayer"], STRING),
        ([1, "x"], {}),
        ([], {}),
    ],
)
def test_of_a_list_the_shape_of_all_its_rows(rows: list[Any], items: Any) -> None:
    assert schema_of(rows) == {"type": "array", "items": items}


def test_it_does_not_matter_which_comes_first() -> None:
    one, other = schema_of({"a": 1, "b": None}), schema_of({"a": None, "b": [2.5], "c": "x"})
    assert merged(one, other) == merged(other, one)
