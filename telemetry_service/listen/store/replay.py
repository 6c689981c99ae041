"""Dead letters decoded again, with what is known now. What finds its place is stored, the rest goes on waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import Q

from telemetry_service.listen.models import DeadLetter, LetterState, Reason
from telemetry_service.listen.operations import waiting
from telemetry_service.listen.store.arrivals import Arrival, Fate, Letter
from telemetry_service.listen.store.heard import Sent, arrival, rows_of
from telemetry_service.listen.store.keep import write
from telemetry_service.listen.store.prepare import Rows, prepare
from telemetry_service.listen.store.recall import recall
from telemetry_service.providers.mqtt.row import MqttRow

After = tuple[datetime, UUID] | None
NOT_LISTENED = "la cuenta ya no es de las que se escuchan así"
NOT_WHOLE = "era demasiado grande y no se guardó entero"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fate.letters` says what still has no place."""

    letter: DeadLetter
    fate: Fate


def replay(*, said: Mapping[str, Any], after: After, limit: int, actor: str, now: datetime) -> list[Verdict]:
    """The oldest first, those after `after`. A reading without a time keeps the time it was received at first."""
    letters = waiting(said)
    if after is not None:
        letters = letters.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], id__gt=after[1]))
    found = list(letters.order_by("received_at", "id")[:limit])
    rows = rows_of({letter.provider_id for letter in found})
    fates = _refused(found, rows)
    fates |= _whole([one for one in found if one.id not in fates and not one.key], rows, actor, now)
    for one in found:
        if one.id not in fates:
            fates[one.id] = _of_key(one, rows[one.provider_id], actor, now)
    return [Verdict(one, fates[one.id]) for one in found]


def _refused(letters: Sequence[DeadLetter], rows: Mapping[UUID, MqttRow]) -> dict[UUID, Fate]:
    """Those that cannot even be tried."""
    found = {}
    for one in letters:
        is_whole = one.size == len(bytes(one.payload))
        if one.provider_id not in rows or not is_whole:
            problem = NOT_WHOLE if one.provider_id in rows else NOT_LISTENED
            found[one.id] = Fate(letters=[Letter(Reason(one.reason), problem, one.device)])
    return found


def _whole(letters: Sequence[DeadLetter], rows: Rows, actor: str, now: datetime) -> dict[UUID, Fate]:
    """All in one transaction; each in its own where that fails."""
    try:
        return _keep(letters, rows, actor, now) if letters else {}
    except (DataError, IntegrityError) as error:
        if len(letters) == 1:
            why = Letter(Reason.UNSTORABLE, type(error).__name__, letters[0].device)
            return {letters[0].id: Fate(letters=[why])}
    return {letter_id: fate for one in letters for letter_id, fate in _whole([one], rows, actor, now).items()}


def _keep(letters: Sequence[DeadLetter], rows: Rows, actor: str, now: datetime) -> dict[UUID, Fate]:
    with transaction.atomic():
        prepared = prepare([_arrival(one, rows) for one in letters], rows, {}, now=now)
        write(prepared, received_at=now, now=now, counts=None)
        for letter, fate in zip(letters, prepared.fates, strict=True):
            if fate.letters:
                _say_why(letter, fate.letters)
            else:
                _settle(letter, actor, now)
    return {letter.id: fate for letter, fate in zip(letters, prepared.fates, strict=True)}


def _of_key(letter: DeadLetter, row: MqttRow, actor: str, now: datetime) -> Fate:
    """Its messages are kept with the rows of their other keys."""
    fate, more_from = recall(letter, row, now=now)
    if more_from is not None:
        DeadLetter.objects.filter(id=letter.id).update(received_at=more_from)
    elif not fate.letters:
        _settle(letter, actor, now)
    return fate


def _arrival(letter: DeadLetter, rows: Any) -> Arrival:
    return arrival(
        provider_id=letter.provider_id,
        row=rows[letter.provider_id],
        sent=Sent(letter.topic, bytes(letter.payload)),
        received_at=letter.received_at,
    )


def _settle(letter: DeadLetter, actor: str, now: datetime) -> None:
    mine = DeadLetter.objects.filter(id=letter.id, state=LetterState.WAITING)
    mine.update(state=LetterState.STORED, settled_at=now, settled_by=actor)


def _say_why(letter: DeadLetter, still: Sequence[Letter]) -> None:
    """A device that is known now may still lack its keys."""
    one = next((one for one in still if one.device == letter.device), still[0])
    DeadLetter.objects.filter(id=letter.id).update(reason=one.reason, problem=one.problem)
