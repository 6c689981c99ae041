"""Rows on their way in, column by column, and as the bytes that COPY takes: per row the least of what was measured."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from shared.db.copy import Column, encode_row

COLUMNS = (
    Column("source_id", "uuid"),
    Column("key", "text"),
    Column("device_time", "timestamptz"),
    Column("value", "text"),
    Column("unit", "text"),
    Column("received_at", "timestamptz"),
    Column("answer_id", "uuid"),
    Column("flags", "int2"),
)
HEAD, TAIL = COLUMNS[:2], COLUMNS[4:]
FIELDS = struct.pack(">h", len(COLUMNS))
NUMBERED = struct.Struct(">hii")  # the same, with a number before the fields
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
POSTGRES_EPOCH = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
MIDDLE = np.dtype([("size", ">i4"), ("at", ">i8"), ("length", ">i4")])  # the time, and how long the value is

Micros = NDArray[np.int64]  # since 1970 UTC
Numbers = NDArray[np.intp]  # of rows, from 0


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A source's key, the two as COPY takes them, and each as a member of an array's text.

    `rank` sorts as PostgreSQL sorts a uuid, and a text under the collation C.
    """

    source_id: UUID
    key: str
    head: bytes
    listed_source: str
    listed_key: str
    rank: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """What most rows of an answer share, and the same as COPY takes it."""

    unit: str
    received_at: datetime
    answer_id: UUID
    flags: int
    encoded: bytes


def make_place(source_id: UUID, key: str) -> Place:
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    head, rank = FIELDS + encode_row(HEAD, (source_id, key)), (source_id.bytes, key.encode())
    return Place(source_id, key, head, str(source_id), f'"{quoted}"', rank)


def make_tail(unit: str, received_at: datetime, answer_id: UUID, flags: int = 0) -> Tail:
    return Tail(unit, received_at, answer_id, flags, encode_row(TAIL, (unit, received_at, answer_id, flags)))


@dataclass(frozen=True, slots=True)
class Lot:
    """Columns of one length. `values` are UTF-8."""

    places: Sequence[Place]
    times: Micros
    values: Sequence[bytes]
    tails: Sequence[Tail]

    def __len__(self) -> int:
        return len(self.values)

    def instant(self, number: int) -> datetime:
        return instant(int(self.times[number]))


def encoded(lot: Lot, numbers: Numbers, *, numbered: bool = False) -> bytes:
    """Those rows as COPY takes them; `numbered` as it takes them with their number before the other fields."""
    picked = numbers.tolist()
    heads = [lot.places[n].head for n in picked]
    if numbered:
        heads = [NUMBERED.pack(len(COLUMNS) + 1, 4, n) + head[2:] for n, head in zip(picked, heads, strict=True)]
    values = [lot.values[n] for n in picked]
    tails = [lot.tails[n].encoded for n in picked]
    middles = _middles(lot.times[numbers], values)
    return b"".join(chain.from_iterable(zip(heads, middles, values, tails, strict=True)))


def _middles(times: Micros, values: Sequence[bytes]) -> list[bytes]:
    """What stands between the place and the value."""
    middles = np.empty(len(times), MIDDLE)
    middles["size"], middles["at"] = 8, times - POSTGRES_EPOCH
    middles["length"] = np.fromiter(map(len, values), np.int32, len(values))
    flat, width = middles.tobytes(), MIDDLE.itemsize
    return [flat[at : at + width] for at in range(0, len(flat), width)]


@dataclass(frozen=True, slots=True)
class Arranged:
    """A lot's rows by place and time, in the order in which every writer puts them down.

    `order`: their numbers, each place and time once, the first that said it. `ranks`: of which place each of `order`
    is, counted from 0. `again`: the numbers of the others, and of who said it before them.
    """

    order: Numbers
    ranks: Numbers
    again: dict[int, int]


def arrange(lot: Lot) -> Arranged:
    ranks = _ranks(lot.places)
    order = np.lexsort((lot.times, ranks))  # stable: of equal ones the first comes first
    ordered = ranks[order]
    is_same = np.zeros(len(order), bool)
    is_same[1:] = (np.diff(ordered) == 0) & (np.diff(lot.times[order]) == 0)
    again = _again(order, is_same)
    if again:
        order, ordered = order[~is_same], ordered[~is_same]
    return Arranged(order, ordered, again)


def _ranks(places: Sequence[Place]) -> Numbers:
    rank: dict[bytes, int] = {}
    for place in sorted(set(places), key=lambda place: place.rank):  # of one place there may be two objects
        rank.setdefault(place.head, len(rank))
    return np.array([rank[place.head] for place in places], np.intp)


def _again(order: Numbers, is_same: NDArray[np.bool_]) -> dict[int, int]:
    if not is_same.any():
        return {}
    leaders = np.maximum.accumulate(np.where(is_same, 0, np.arange(len(order))))
    return dict(zip(order[is_same].tolist(), order[leaders[is_same]].tolist(), strict=True))


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    return EPOCH + at * MICROSECOND


def joined(lots: Sequence[Lot]) -> Lot:
    """One after the other."""
    if len(lots) == 1:
        return lots[0]
    return Lot(
        places=list(chain.from_iterable(lot.places for lot in lots)),
        times=np.concatenate([lot.times for lot in lots]),
        values=list(chain.from_iterable(lot.values for lot in lots)),
        tails=list(chain.from_iterable(lot.tails for lot in lots)),
    )
