"""Puts raw rows and answers down, with a verdict for each row: nothing is ever rewritten. How is said in raw.merge."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection
from psycopg2.extras import execute_values

from shared.db.copy import Column, copy_rows
from telemetry_service.raw.lots import Lot, Place, Tail, instant, make_place, make_tail, micros
from telemetry_service.raw.merge import News, merge
from telemetry_service.raw.partitions import ANSWERS

CONFLICTS = """
INSERT INTO raw_conflict (source_id, key, device_time, value, unit, received_at, answer_id)
VALUES %s ON CONFLICT (source_id, key, device_time, value) DO NOTHING RETURNING answer_id
"""
# Of a large body the quick way costs a third of the time and leaves a fifth more.
LARGE, QUICKLY, THOROUGHLY = 16_384, 1, 6
# A small one gets hardly smaller, and what deflates it costs more than all else that is done with it: it is kept in a
# stored block, RFC 1950 and 1951.
SMALL = 400
KEPT_COLUMNS = (
    Column("received_at", "timestamptz"),
    Column("id", "uuid"),
    Column("source_id", "uuid"),
    Column("sha256", "bytea"),
    Column("size", "int4"),
    Column("body", "bytea"),
)


class Verdict(StrEnum):
    """What became of a row on its way in."""

    STORED = "stored"
    DUPLICATE = "duplicate"  # we have it, with this value
    CONFLICT = "conflict"  # we have it, with another value, which stays; this one is kept as a RawConflict


class Incoming(NamedTuple):
    """A reading on its way in. `answer_id` is a key of the answers that it comes with."""

    source_id: UUID
    key: str
    device_time: datetime
    value: str
    unit: str
    answer_id: UUID
    flags: int = 0


class Answer(NamedTuple):
    """The bytes that rows came in, and whose they are: a source, or whoever pushed."""

    source_id: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A verdict for each row, in their order, and the oldest new device time of each source that has one."""

    verdicts: list[Verdict]
    first_at: dict[UUID, datetime]

    @property
    def new(self) -> int:
        return self.verdicts.count(Verdict.STORED)


def store(*, rows: Sequence[Incoming], answers: Mapping[UUID, Answer], received_at: datetime) -> Stored:
    """Stores what is not known yet, and the answers that brought it. To be called inside a transaction.

    An answer that taught nothing is not kept: with the look-back most of them repeat what we have.
    """
    put = put_down(lot_of(rows, received_at), answers)
    first_at: dict[UUID, datetime] = {}
    for place, first, _ in put.news:
        at = instant(first)
        first_at[place.source_id] = min(at, first_at.get(place.source_id, at))
    return Stored(put.verdicts, first_at)


def lot_of(rows: Sequence[Incoming], received_at: datetime) -> Lot:
    places: dict[tuple[UUID, str], Place] = {}
    tails: dict[tuple[str, UUID, int], Tail] = {}
    for row in rows:
        if (row.source_id, row.key) not in places:
            places[row.source_id, row.key] = make_place(row.source_id, row.key)
        if (row.unit, row.answer_id, row.flags) not in tails:
            shared = row.unit, row.answer_id, row.flags
            tails[shared] = make_tail(row.unit, received_at, row.answer_id, row.flags)
    return Lot(
        places=[places[row.source_id, row.key] for row in rows],
        times=np.array([micros(row.device_time) for row in rows], np.int64),
        values=[row.value.encode() for row in rows],
        tails=[tails[row.unit, row.answer_id, row.flags] for row in rows],
    )


@dataclass(frozen=True, slots=True)
class Put:
    """A verdict for each row of a lot, in their order. `known`: what stands where somebody said something before, by
    the row's number.
    """

    verdicts: list[Verdict]
    known: Mapping[int, str]
    news: list[News]


def put_down(lot: Lot, answers: Mapping[UUID, Answer]) -> Put:
    """As `store`, of a lot. `answers`: by the ids that its tails name."""
    known, news = merge(lot) if len(lot) else ({}, [])
    verdicts = [Verdict.STORED] * len(lot)
    for number, value in known.items():
        verdicts[number] = _verdict(lot.values[number].decode(), value)
    taught = _keep_conflicts(lot, [number for number in known if verdicts[number] is Verdict.CONFLICT])
    new = lot.tails if not known else [tail for n, tail in enumerate(lot.tails) if n not in known]
    _keep_answers(lot, taught | {tail.answer_id for tail in set(new)}, answers)
    return Put(verdicts, known, news)


def _verdict(value: str, known: str) -> Verdict:
    return Verdict.DUPLICATE if value == known or _same_number(value, known) else Verdict.CONFLICT


def _same_number(one: str, other: str) -> bool:
    """42.50 by one way and 42.5 by another is one reading."""
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _keep_conflicts(lot: Lot, numbers: Sequence[int]) -> set[UUID]:
    """The answers that brought a conflict that we had not seen."""
    if not numbers:
        return set()
    values = []
    for n in sorted(numbers, key=lambda n: (lot.places[n].head, lot.times[n], lot.values[n])):
        place, tail = lot.places[n], lot.tails[n]
        said = place.source_id, place.key, lot.instant(n), lot.values[n].decode(), tail.unit
        values.append((*said, tail.received_at, tail.answer_id))
    with connection.cursor() as cursor:
        return {answer_id for (answer_id,) in execute_values(cursor, CONFLICTS, values, page_size=1000, fetch=True)}


def _keep_answers(lot: Lot, taught: set[UUID], answers: Mapping[UUID, Answer]) -> None:
    if not taught:
        return
    received = {tail.answer_id: tail.received_at for tail in set(lot.tails)}
    kept_rows = [kept(received[answer_id], answer_id, answers[answer_id]) for answer_id in sorted(taught)]
    with connection.cursor() as cursor, connection.wrap_database_errors:  # which Django does for statements alone
        copy_rows(cursor, ANSWERS, KEPT_COLUMNS, kept_rows)


def kept(received_at: datetime, answer_id: UUID, answer: Answer) -> tuple[object, ...]:
    body = answer.body
    digest = hashlib.sha256(body).digest()
    return received_at, answer_id, answer.source_id, digest, len(body), deflated(body)


def deflated(body: bytes) -> bytes:
    """What zlib.decompress makes `body` of."""
    if len(body) < SMALL:
        size = len(body)
        head = b"\x78\x01\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
        return head + body + zlib.adler32(body).to_bytes(4, "big")
    return zlib.compress(body, THOROUGHLY if len(body) < LARGE else QUICKLY)
