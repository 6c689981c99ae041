"""The answer to a push: a verdict for each row, in their order, as bytes that are kept and given again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.errors import FieldError
from telemetry_service.measurements.fields import iso


class Verdict(StrEnum):
    STORED = "stored"
    LATE = "late"  # stored, long after it was measured
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # known with another value, which stays
    REJECTED = "rejected"


NAMES = tuple(Verdict)
PLAIN = {verdict: msgspec.json.encode({"verdict": verdict}) for verdict in Verdict}


def conflict(known: str) -> bytes:
    """`known`: the value that stays."""
    return msgspec.json.encode({"verdict": Verdict.CONFLICT, "known": known})


def rejected(errors: Sequence[FieldError]) -> bytes:
    said = [
        {"field": one.field, "problem": one.problem, "received": one.received, "expected": one.expected}
        for one in errors
    ]
    return msgspec.json.encode({"verdict": Verdict.REJECTED, "errors": said})


def answer(
    *, verdicts: Sequence[bytes], counts: Mapping[Verdict, int], answer_id: UUID, received_at: datetime
) -> bytes:
    counted = ",".join(f'"{verdict}":{counts[verdict]}' for verdict in NAMES)
    head = (
        f'{{"received_at":"{iso(received_at)}","answer":"{answer_id}","rows":{len(verdicts)},"counts":{{{counted}}},'
        '"verdicts":['
    )
    return b"".join((head.encode(), b",".join(verdicts), b"]}"))
