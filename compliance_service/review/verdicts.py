"""What may be done with a held hour, and why not. Plain Python: no clock, no database.

An hour that the regulator said it has can never be sent again, whatever a person wants: it takes a voucher, or a cause.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from compliance_service.authorities.judgement import CannotSend, Form

VOUCHER = re.compile(r"[\w.-]{8,64}")


class Action(StrEnum):
    ACCEPT = "accept"  # as measured; or, where the regulator has it, with the voucher that a person found
    CORRECT = "correct"  # with other values, and a note
    DISCARD = "discard"  # not reported: explained


class Kind(StrEnum):
    """Why an hour is held."""

    DATA = "data"  # its measurements are doubtful; nothing was sent
    ANSWER = "answer"  # it was sent, and nobody knows what the answer means
    TAKEN = "taken"  # the regulator has it, and gave no voucher of it


@dataclass(frozen=True, slots=True)
class Held:
    kind: Kind
    reason: str
    slot_at: datetime
    evidence: Mapping[str, Any]
    document: Mapping[str, str]

    @property
    def seen(self) -> str:
        """Changes with anything that a reviewer looks at: a verdict on what has changed since is no verdict."""
        said = [self.kind.value, self.reason, self.evidence, self.document]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Asked:
    """`values`: variable to number, for a correction. `voucher`: what a person found in the regulator's records."""

    action: Action
    values: Mapping[str, float]
    voucher: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`refusal` is a code; empty: it may be done, with `document` to be sent where something is."""

    refusal: str = ""
    document: Mapping[str, str] | None = None


def kind_of(*, is_taken: bool, attempts: int) -> Kind:
    if is_taken:
        return Kind.TAKEN
    return Kind.ANSWER if attempts else Kind.DATA


def judge(held: Held, asked: Asked, form: Form | None) -> Outcome:
    if asked.action is Action.DISCARD:
        return Outcome()
    if held.kind is Kind.TAKEN:
        return _taken(asked)
    if asked.action is Action.CORRECT:
        return _corrected(held, asked, form)
    return Outcome(document=held.document) if held.kind is Kind.ANSWER else _as_measured(held, form)


def proposed(held: Held, form: Form | None) -> Mapping[str, str] | None:
    """What accepting would send; None where nothing can be."""
    return judge(held, Asked(Action.ACCEPT, {}, ""), form).document


def _taken(asked: Asked) -> Outcome:
    if asked.action is Action.CORRECT:
        return Outcome("never_sent_again")
    return Outcome() if VOUCHER.fullmatch(asked.voucher) else Outcome("needs_voucher")


def _corrected(held: Held, asked: Asked, form: Form | None) -> Outcome:
    # Nobody knows whether the first number was stored, and a second one is never taken.
    if held.kind is Kind.ANSWER:
        return Outcome("answer_unknown")
    return _document(asked.values, held.slot_at, form)


def _as_measured(held: Held, form: Form | None) -> Outcome:
    """The numbers that are held, not others: a sensor that is known to be defective is reported as it is.

    What may be left empty is among them where it was measured: it is as doubtful, or as good, as the rest.
    """
    found = numbers_of(held.evidence)
    values = {name: _exact(held.evidence[name], one) for name, one in found.items() if one is not None}
    return _document(values, held.slot_at, form)


def _exact(said: Mapping[str, Any], value: float) -> float | Decimal:
    """A mean has more digits than its `value`: it is rounded once, as the regulator asks."""
    return Decimal(said["exact"]) if said.get("exact") else float(value)


def numbers_of(evidence: Mapping[str, Any]) -> dict[str, float | None]:
    """Of what was measured, by variable. Evidence also says other things, of which none is a number."""
    return {name: said["value"] for name, said in evidence.items() if isinstance(said, dict) and "value" in said}


def _document(values: Mapping[str, float | Decimal], slot_at: datetime, form: Form | None) -> Outcome:
    if form is None:
        return Outcome("no_form")
    missing = [name for name in form.variables if name not in values]
    if missing:
        return Outcome(f"no_{missing[0]}")
    try:
        return Outcome(document=form.measurement(values, slot_at))
    except CannotSend as error:
        return Outcome(error.reason)
