"""Three formats say the same rows; what is wrong with one row is that row's trouble."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from telemetry_service.push.errors import TooLarge, Unreadable
from telemetry_service.push.read.body import MOST_ROWS
from telemetry_service.push.read.csv_rows import read_csv
from telemetry_service.push.read.json_rows import read_array, read_lines
from telemetry_service.push.read.said import Said
from telemetry_service.raw.lots import micros
from tests.telemetry_service.push.conftest import csv_of, ndjson_of, row

AT = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
RIGHT = {"source": "s", "key": "k", "time": "2026-01-02T12:00:00Z", "value": 1}
ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["a", "OB-1"]),
        st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.sampled_from([1, 1.5, -2, "7.50", "abierta"]),
    ),
    min_size=1,
    max_size=8,
)


def one(**said: Any) -> Said:
    return read_array(json.dumps([{**RIGHT, **said}]).encode())


def fault(found: Said, number: int = 0) -> tuple[str, str]:
    (error,) = found.faults[number]
    assert error.expected
    return error.field, error.problem


@given(rows=ROWS)
def test_the_three_formats_say_the_same(rows: list[dict[str, Any]]) -> None:
    for found in (read_array(json.dumps(rows).encode()), read_lines(ndjson_of(rows)), read_csv(csv_of(rows))):
        assert [name[0] for name in found.names] == [said["source"] for said in rows]
        assert found.times.tolist() == [micros(datetime.fromisoformat(said["time"])) for said in rows]
        assert [value.decode() for value in found.values] == [str(said["value"]) for said in rows]
        assert not found.faults


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"time": "2026-01-02T09:00:00.123456-03:00"}, AT),
        ({"time": "2026-01-02T12:00:00.123456Z"}, AT),
        ({"time": "2026-01-02 12:00:00.123456+00:00"}, AT),
        ({"time": None, "epoch_s": 1767355200}, AT.replace(microsecond=0)),
        ({"time": None, "epoch_s": 1767355200.5}, AT.replace(microsecond=500_000)),
        ({"time": None, "epoch_ms": 1767355200123}, AT.replace(microsecond=123_000)),
    ],
)
def test_a_time_is_an_instant(said: dict[str, Any], at: datetime) -> None:
    body = {name: value for name, value in {**RIGHT, **said}.items() if value is not None}
    assert read_array(json.dumps([body]).encode()).times.tolist() == [micros(at)]
    header, cells = ",".join(body), ",".join(str(value) for value in body.values())
    assert read_csv(f"{header}\n{cells}\n".encode()).times.tolist() == [micros(at)]


def test_what_is_wrong_with_a_row_is_said_all_at_once() -> None:
    found = one(time="2026-01-02T12:00:00", value=None, unit=3)
    assert [(error.field, error.problem) for error in found.faults[0]] == [
        ("unit", "no es de su tipo"),
        ("time", "no dice su zona"),
        ("value", "falta"),
    ]
    found = read_array(b'[{"source": 1, "key": "k", "value": "1,5"}]')
    assert [error.field for error in found.faults[0]] == ["source", "time", "value"]


@pytest.mark.parametrize("line", [b'{"source": "a"', b"{'source': 1}", b"\xff{}"])
def test_a_line_that_is_no_json_says_so_in_spanish(line: bytes) -> None:
    (error,) = read_lines(line + b"\n" + json.dumps(RIGHT).encode() + b"\n").faults[0]
    assert (error.field, error.problem) == ("(fila)", "está cortada" if line[:10] == b'{"source":' else "no es JSON")


@given(st.integers(0, 4_000_000_000_000_000))
def test_no_microsecond_is_lost(at: int) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    assert one(time=instant.isoformat()).times.tolist() == [at]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"time": "2026-01-02T12:00:00"}, ("time", "no dice su zona")),
        ({"time": "02-01-2026 12:00"}, ("time", "no es una hora RFC 3339")),
        ({"time": "2026-02-30T12:00:00Z"}, ("time", "no es una hora RFC 3339")),
        ({"time": 1767355200}, ("time", "no es un texto")),
        ({"epoch_s": 1}, ("time", "viene dos veces: time, epoch_s")),
        ({"value": None}, ("value", "falta")),
        ({"value": "NaN"}, ("value", "no es un valor")),
        ({"caudal": 1}, ("caudal", "campo desconocido")),
        ({"source": 7}, ("source", "no es de su tipo")),
        ({"unit": "x" * 21}, ("unit", "no es una unidad")),
        ({"epoch_ms": True}, ("epoch_ms", "no es de su tipo")),
    ],
)
def test_a_fault_says_its_field_and_what_would_be_right(said: dict[str, Any], expected: tuple[str, str]) -> None:
    assert fault(one(**said)) == expected


def test_what_is_missing_is_named() -> None:
    found = read_array(b'[{"source": "s", "key": "k"}]')
    assert {error.field for error in found.faults[0]} == {"value", "time"}


def test_a_row_that_is_wrong_leaves_the_others_alone() -> None:
    rows = [RIGHT, {**RIGHT, "time": "ayer"}, 7, {**RIGHT, "value": 2.50}]
    for found in (
        read_array(json.dumps(rows).encode()),
        read_lines(b"\n".join(json.dumps(said).encode() for said in rows)),
    ):
        assert sorted(found.faults) == [1, 2]
        assert (found.values[0], found.values[3]) == (b"1", b"2.5")


@pytest.mark.parametrize("epoch", ["nan", "inf", "1e300"])
def test_an_epoch_that_is_no_number_is_refused_in_csv(epoch: str) -> None:
    found = read_csv(f"source,key,epoch_s,value\ns,k,{epoch},1\n".encode())
    assert fault(found)[0] == "epoch_s"


@pytest.mark.parametrize(
    ("body", "problem", "position"),
    [
        (b"", "vac", 0),
        (b'[{"source": "s", "va', "cortado", 20),
        (b"<html></html>", "no es JSON", 0),
        (b'[{"source": }]', "no es JSON", 12),
        (b'[{"value": NaN}]', "no es JSON", 11),
        (b'{"source": "s"}', "arreglo JSON", 0),
        (b"[] x", "no es JSON", 4),
    ],
)
def test_what_is_no_array_is_refused_with_its_position(body: bytes, problem: str, position: int) -> None:
    with pytest.raises(Unreadable, match=problem) as refused:
        read_array(body)
    assert (refused.value.position, f"(byte {position})" in str(refused.value)) == (position, True)


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_last_line_that_was_cut_is_refused_and_a_broken_one_before_it_is_a_row(cut: int) -> None:
    whole = ndjson_of([RIGHT, RIGHT])
    with pytest.raises(Unreadable, match="cortada"):
        read_lines(whole[: -cut - 1])
    found = read_lines(b"{oops\n" + whole)
    assert (len(found), sorted(found.faults)) == (3, [0])


def test_a_nest_as_deep_as_you_like_is_refused_or_a_row_that_is_wrong() -> None:
    with pytest.raises(Unreadable):
        read_array(b'[{"value": ' + b"[" * 100_000)
    deep = b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert sorted(read_lines(deep + b"\n").faults) == [0]


def test_bytes_that_are_no_utf8_are_that_row_s_trouble() -> None:
    found = read_array(b'[{"source": "\xff"}, ' + json.dumps(RIGHT).encode() + b"]")
    assert sorted(found.faults) == [0]
    with pytest.raises(Unreadable, match="UTF-8") as refused:
        read_csv(b"source,value\n\xff,1\n")
    assert refused.value.position == 13


def test_a_csv_names_its_columns_in_any_order_and_with_semicolons() -> None:
    found = read_csv("\ufeffvalue;TIME;variable;source\n7.50;2026-01-02T12:00:00Z;flow;s\n\n".encode())
    assert (found.names, found.values, found.faults) == ([("s", UNSET, "flow")], [b"7.50"], {})


@pytest.mark.parametrize("header", ["source,valor", "key,value", "source,source", "2026,1"])
def test_a_csv_without_its_header_is_refused(header: str) -> None:
    with pytest.raises(Unreadable, match="primera línea"):
        read_csv(f"{header}\na,b\n".encode())


def test_a_csv_line_of_another_width_is_that_row_s_trouble() -> None:
    found = read_csv(b"source,key,epoch_s,value\ns,k,1767355200\ns,k,1767355200,1\n")
    assert fault(found) == ("(fila)", "tiene 3 celdas")
    assert sorted(found.faults) == [0]


def test_a_broken_quote_in_a_csv_is_refused() -> None:
    with pytest.raises(Unreadable, match="línea"):
        read_csv(b'source,value\n"a"b,1\n')


def test_more_rows_than_one_push_may_bring() -> None:
    with pytest.raises(TooLarge, match="20001 filas"):
        read_array(b"[" + b",".join([b"{}"] * (MOST_ROWS + 1)) + b"]")
    with pytest.raises(TooLarge):
        read_csv(b"source\n" + b"a\n" * (MOST_ROWS + 1))
