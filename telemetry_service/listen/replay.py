"""Dead letters decoded again, with what is known now. What finds its place is stored, the rest goes on waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from telemetry_service.listen.accounts import rows_of
from telemetry_service.listen.arrivals import Fate, Letter
from telemetry_service.listen.heard import Sent, arrival
from telemetry_service.listen.keep import write
from telemetry_service.listen.models import DeadLetter, LetterState, Reason
from telemetry_service.listen.operations import waiting
from telemetry_service.listen.prepare import prepare
from telemetry_service.providers.mqtt.row import MqttRow

After = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fate.letters` says what still has no place."""

    letter: DeadLetter
    fate: Fate


def replay(*, said: Mapping[str, Any], after: After, limit: int, actor: str, now: datetime) -> list[Verdict]:
    """The oldest first, those after `after`; each in a transaction of its own, with the time it was received at."""
    letters = waiting(said)
    if after is not None:
        letters = letters.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], id__gt=after[1]))
    found = list(letters.order_by("received_at", "id")[:limit])
    rows = rows_of({letter.provider_id for letter in found})
    return [Verdict(letter, _again(letter, rows.get(letter.provider_id), actor, now)) for letter in found]


def _again(letter: DeadLetter, row: MqttRow | None, actor: str, now: datetime) -> Fate:
    payload = bytes(letter.payload)
    if row is None or letter.size > len(payload):
        problem = "la cuenta ya no es de las que se escuchan así" if row is None else "no se guardó entero"
        return Fate(letters=[Letter(Reason(letter.reason), problem, letter.device)])
    # Only of two that are the same is it known that one was received later; the first counts.
    came = arrival(
        provider_id=letter.provider_id, row=row, sent=Sent(letter.topic, payload), received_at=letter.received_at
    )
    with transaction.atomic():
        prepared = prepare([came], {letter.provider_id: row}, {}, now=now)
        write(prepared, now=now, counts=None)
        (fate,) = prepared.fates
        still = [one for one in fate.letters if not letter.key or one.key == letter.key]
        if not still:
            _settle(letter, actor, now)
        elif not letter.key:
            _say_why(letter, still)
    return fate


def _settle(letter: DeadLetter, actor: str, now: datetime) -> None:
    mine = DeadLetter.objects.filter(id=letter.id, state=LetterState.WAITING)
    mine.update(state=LetterState.STORED, settled_at=now, settled_by=actor)


def _say_why(letter: DeadLetter, still: Sequence[Letter]) -> None:
    """A device that is known now may still lack its keys."""
    one = next((one for one in still if one.device == letter.device), still[0])
    DeadLetter.objects.filter(id=letter.id).update(reason=one.reason, problem=one.problem)
