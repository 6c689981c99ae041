"""What an import does with a reading that is known, newer or older. See the table in docs/imports.md."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from telemetry_service.process.readings import number_in
from telemetry_service.raw.units import ratio_to_ours


class Mode(StrEnum):
    INSERT = "insert"  # what nobody has said
    APPEND = "append"  # what is newer than everything known
    BACKFILL = "backfill"  # what is older than the newest known
    REPLACE = "replace"  # in place of what others said, from the first to the last


class Verdict(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"  # known, with this value
    CONFLICT = "conflict"  # known, with another value, which stays
    LATE = "late"  # older than the newest known, where only newer ones are wanted
    REJECTED = "rejected"


class Said(NamedTuple):
    """A value and the unit in which it was said."""

    text: str
    unit: str


class Judged(NamedTuple):
    verdict: Verdict
    reason: str = ""


STORED = Judged(Verdict.STORED)


def judge(
    said: Said, *, variable: str, at: datetime, mode: Mode, known: Sequence[Said], newest: datetime | None
) -> Judged:
    """`known`: what is said of the variable at that very time; `newest`: before the import began, over all sources.

    A replacement is given what its own file said alone.
    """
    if known:
        return _judge_known(said, variable, known)
    if mode is Mode.APPEND and newest is not None and at < newest:
        return Judged(Verdict.LATE, f"anterior a la última lectura conocida ({newest:%Y-%m-%dT%H:%M:%SZ})")
    if mode is Mode.BACKFILL and newest is None:
        return Judged(Verdict.REJECTED, "no hay lecturas anteriores que completar: use «insert»")
    if mode is Mode.BACKFILL and newest is not None and at > newest:
        return Judged(Verdict.REJECTED, f"posterior a la última lectura conocida ({newest:%Y-%m-%dT%H:%M:%SZ})")
    return STORED


def _judge_known(said: Said, variable: str, known: Iterable[Said]) -> Judged:
    others = [one for one in known if not is_same(said, one, variable)]
    if len(others) < len(list(known)):
        return Judged(Verdict.DUPLICATE, "ya se conoce, con este valor")
    return Judged(Verdict.CONFLICT, f"ya se conoce, con otro valor: {shown(others[0])}")


def is_same(one: Said, other: Said, variable: str) -> bool:
    """3.6 m³/h and 1 l/s are one flow. Compared as fractions: nothing is rounded."""
    amounts = [_amount(said, variable) for said in (one, other)]
    return one == other if None in amounts else amounts[0] == amounts[1]


def _amount(said: Said, variable: str) -> Fraction | None:
    """In our unit; None for what is no number or of a unit that we do not know."""
    number, ratio = number_in(said.text), ratio_to_ours(variable, said.unit)
    return None if number is None or ratio is None else (Fraction(number) * ratio.times + ratio.plus) / ratio.over


def shown(said: Said) -> str:
    return f"{said.text} {said.unit}".strip()
