"""A push on its way in, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from shared.errors import StackError
from telemetry_service.push.keep.answers import PLAIN, Verdict, answer, conflict, rejected
from telemetry_service.push.place.judge import CLOSED_AFTER, Arrival, Judged
from telemetry_service.push.read.said import Said
from telemetry_service.raw.lots import micros
from telemetry_service.raw.store import Answer, Put


@dataclass(slots=True, eq=False)
class Push:
    """`digest` is that of what came. `outcome`: the answer's bytes, or why there is none."""

    key_id: UUID
    idempotency_key: str
    digest: bytes
    body: bytes = field(repr=False)
    said: Said = field(repr=False)
    arrival: Arrival = field(repr=False)
    outcome: bytes | StackError | None = None
    counts: Counter[Verdict] = field(default_factory=Counter)

    @property
    def name(self) -> tuple[UUID, str]:
        return self.key_id, self.idempotency_key

    @property
    def rows(self) -> int:
        return len(self.said)


def bodies_of(pushes: Sequence[Push]) -> dict[UUID, Answer]:
    """What came, by the id of its answer."""
    return {push.arrival.answer_id: Answer(push.key_id, push.body) for push in pushes}


def answers_of(pushes: Sequence[Push], judged: Mapping[Push, Judged], put: Put) -> dict[Push, bytes]:
    """`put` is of their lots, one after the other."""
    answers, start = {}, 0
    for push in pushes:
        answers[push] = answer_of(push, judged[push], put, start)
        start += len(judged[push].lot)
    return answers


def answer_of(push: Push, judged: Judged, put: Put, start: int) -> bytes:
    """`put` is of a lot in which the push's own begins at `start`."""
    arrival, counts = push.arrival, Counter[Verdict]()
    late = judged.lot.times < micros(arrival.received_at - CLOSED_AFTER)
    known = [number for number in put.known if start <= number < start + len(judged.numbers)]
    if known:
        late[[number - start for number in known]] = False
    counts[Verdict.LATE], counts[Verdict.REJECTED] = int(np.count_nonzero(late)), len(judged.faults)
    # Most have one verdict for all their rows.
    usual = Verdict.LATE if counts[Verdict.LATE] == push.rows else Verdict.STORED
    verdicts = [PLAIN[usual]] * push.rows
    if usual is Verdict.STORED:
        for index in np.flatnonzero(late).tolist():
            verdicts[judged.numbers[index]] = PLAIN[Verdict.LATE]
    for number in known:
        verdict = Verdict(put.verdicts[number].value)
        counts[verdict] += 1
        is_other = verdict is Verdict.CONFLICT
        verdicts[judged.numbers[number - start]] = conflict(put.known[number]) if is_other else PLAIN[verdict]
    for number, errors in judged.faults.items():
        verdicts[number] = rejected(errors)
    counts[Verdict.STORED] = push.rows - counts.total()
    push.counts = counts
    return answer(verdicts=verdicts, counts=counts, answer_id=arrival.answer_id, received_at=arrival.received_at)
