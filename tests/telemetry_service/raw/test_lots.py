"""Columns say what rows say: the same bytes for COPY, one order for every writer."""

import uuid
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.db.copy import HEADER, TRAILER, write_rows
from shared.db.unnest import listed
from telemetry_service.raw.lots import COLUMNS, Lot, arrange, encoded, joined, make_place, make_tail, micros

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ANSWER = uuid.UUID(int=100)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
Said = tuple[uuid.UUID, str, datetime, str, str]
ROWS = st.lists(
    st.tuples(
        st.sampled_from([uuid.UUID(int=n) for n in (1, 2, 1 << 120)]),
        st.sampled_from(["a", "aa", "b", "ñ", '"\\']),
        st.datetimes(datetime(1969, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        TEXTS,
        st.sampled_from(["", "m³/h"]),
    ),
    min_size=1,
    max_size=30,
)


def lot_of(rows: list[Said]) -> Lot:
    return Lot(
        [make_place(source, key) for source, key, *_ in rows],
        np.array([micros(at) for _, _, at, *_ in rows], np.int64),
        [value.encode() for *_, value, _ in rows],
        [make_tail(unit, NOW, ANSWER, 1) for *_, unit in rows],
    )


@given(rows=ROWS)
def test_the_bytes_are_those_of_the_rows(rows: list[Said]) -> None:
    stream = BytesIO()
    write_rows(stream, COLUMNS, [(*row, NOW, ANSWER, 1) for row in rows])
    assert HEADER + encoded(lot_of(rows), np.arange(len(rows))) + TRAILER == stream.getvalue()


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 70_000])
def test_a_value_of_any_length(size: int) -> None:
    stream = BytesIO()
    write_rows(stream, COLUMNS, [(ANSWER, "a", NOW, "x" * size, "", NOW, ANSWER, 1)])
    lot = lot_of([(ANSWER, "a", NOW, "x" * size, "")])
    assert HEADER + encoded(lot, np.arange(1)) + TRAILER == stream.getvalue()


@given(rows=ROWS)
def test_rows_are_arranged_by_place_and_time_each_once(rows: list[Said]) -> None:
    said = rows + rows[: len(rows) // 2]
    lot = lot_of(said)
    found = arrange(lot)
    names = [(source.bytes, key.encode(), at) for source, key, at, *_ in said]
    firsts = [n for n, name in enumerate(names) if names.index(name) == n]
    assert found.order.tolist() == sorted(firsts, key=lambda n: names[n])
    assert found.again == {n: names.index(name) for n, name in enumerate(names) if names.index(name) != n}
    assert len(set(found.ranks.tolist())) == len({name[:2] for name in names})
    assert found.ranks.tolist() == sorted(found.ranks.tolist())


def test_lots_are_joined_one_after_the_other() -> None:
    one, other = lot_of([(ANSWER, "a", NOW, "1", "")]), lot_of([(ANSWER, "b", NOW + timedelta(hours=1), "2", "m")])
    both = joined([one, other])
    assert (len(both), both.instant(1), both.values, both.tails[1].unit) == (
        2,
        NOW + timedelta(hours=1),
        [b"1", b"2"],
        "m",
    )
    assert joined([one]) is one


def test_an_array_is_said_as_postgresql_reads_it() -> None:
    assert listed([1, 2]) == "{1,2}"
    assert make_place(ANSWER, 'a"\\').listed_key == '"a\\"\\\\"'
