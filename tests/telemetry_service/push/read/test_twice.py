"""A name that a row says twice is a fault of that row, however it is written, and of no other."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.push.read import json_rows
from telemetry_service.push.read.json_rows import read_array, read_lines

SOUND = {"source": '"s"', "key": '"caudal"', "time": '"2026-01-02T12:00:00Z"', "value": "1.5"}
MORE = {"unit": '"m"', "value": "2", "source": '"t"', "epoch_s": "5", "key": '"nivel"', "variable": '"level"'}


def text(members: list[tuple[str, str]], gap: str = "") -> str:
    return "{" + ", ".join(f'"{name}"{gap}: {value}' for name, value in members) + "}"


members = st.tuples(
    st.lists(st.sampled_from(list(SOUND.items())), max_size=5, unique=True).map(
        lambda less: less or list(SOUND.items())
    ),
    st.lists(st.sampled_from(list(MORE.items())), max_size=2),
).map(lambda parts: parts[0] + parts[1])


def twice(row: list[tuple[str, str]]) -> set[str]:
    names = [name for name, _ in row]
    return {name for name in names if names.count(name) > 1}


def found(faults: Any) -> dict[int, set[str]]:
    said = {n: {one.field for one in errors if "veces en la misma fila" in one.problem} for n, errors in faults.items()}
    return {n: fields for n, fields in said.items() if fields}


@given(st.lists(members, max_size=6), st.sampled_from(["", " "]))
def test_exactly_the_rows_that_say_a_name_twice(rows: list[list[tuple[str, str]]], gap: str) -> None:
    expected = {n: twice(row) for n, row in enumerate(rows) if twice(row)}
    array = "[" + ",".join(text(row, gap) for row in rows) + "]"
    assert found(read_array(array.encode()).faults) == expected
    lines = "".join(text(row, gap) + "\n" for row in rows)
    assert found(read_lines(lines.encode()).faults) == expected


def test_a_name_with_an_escape_is_the_same_name() -> None:
    row = text([("so\\u0075rce", '"t"'), *SOUND.items()])
    assert found(read_array(f"[{row}]".encode()).faults) == {0: {"source"}}


def test_what_looks_like_a_name_within_a_value_is_none() -> None:
    row = text([*list(SOUND.items())[:-1], ("value", json.dumps('a "value": b'))])
    assert not read_array(f"[{row}]".encode()).faults
    nested = text([*list(SOUND.items())[:-1], ("value", '{"a": 1, "a": 2}')])
    (errors,) = read_array(f"[{nested}]".encode()).faults.values()
    assert [one.field for one in errors] == ["value"]


def test_sound_rows_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: Any) -> Any:
        raise AssertionError("a batch of sound rows was read twice")

    monkeypatch.setattr(json_rows, "said_twice", never)
    rows = [text([*SOUND.items()]) for _ in range(50)]
    assert len(read_array(f"[{','.join(rows)}]".encode())) == 50
    rows = [text([*SOUND.items(), ("unit", '"m"')]) for _ in range(50)]
    assert len(read_array(f"[{','.join(rows)}]".encode())) == 50
