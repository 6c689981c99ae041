"""What polls say about their account: its circuit, how long it has to wait, and when all of it stops."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from telemetry_service.collect.breaker import Circuit
from telemetry_service.providers.adapters import Failure, FailureClass
from telemetry_service.providers.operations import move_circuit
from telemetry_service.sources.models import REFUSED, Source, State

OK_EVERY = timedelta(minutes=1)
TRIES = 5
# With every poll: the ORM takes longer to say it than the database to answer.
CIRCUIT = "SELECT failures, postponed_until, last_ok_at FROM provider WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a poll of a source ended; `postponed_until` where the account has to wait for it."""

    source: Source
    failure: Failure | None
    postponed_until: datetime | None


def judge(ended: Sequence[Ended], *, now: datetime) -> set[UUID]:
    """Moves the accounts' circuits, in the order of the polls. Gives the accounts not to be asked any more now."""
    held_back = set()
    for provider_id in dict.fromkeys(one.source.provider_id for one in ended):
        mine = [one for one in ended if one.source.provider_id == provider_id]
        if _move_circuit(provider_id, mine, now).waits(now) or _stop_refused(mine):
            held_back.add(provider_id)
    return held_back


def _move_circuit(provider_id: UUID, ended: Sequence[Ended], now: datetime) -> Circuit:
    """By compare-and-set: another process, or a person, may move it too."""
    for _ in range(TRIES):
        before, last_ok_at = _circuit(provider_id)
        after = _after(before, ended, now)
        is_ok = any(one.failure is None for one in ended) and (last_ok_at is None or now - last_ok_at >= OK_EVERY)
        if after == before and not is_ok:
            return after
        if move_circuit(
            provider_id=provider_id, before=astuple(before), after=astuple(after), ok_at=now if is_ok else None
        ):
            return after
    raise RuntimeError(f"the circuit of account {provider_id} moves faster than we can follow")


def _circuit(provider_id: UUID) -> tuple[Circuit, datetime | None]:
    """With when the account was last well."""
    with connection.cursor() as cursor:
        cursor.execute(CIRCUIT, [provider_id])
        failures, postponed_until, last_ok_at = cursor.fetchone()
    return Circuit(failures, postponed_until), last_ok_at


def _after(circuit: Circuit, ended: Iterable[Ended], now: datetime) -> Circuit:
    for one in ended:
        is_transient = one.failure is not None and one.failure.kind is FailureClass.TRANSIENT
        circuit = circuit.after_failure(now) if is_transient else circuit.after_answer(now)
        if one.postponed_until is not None:
            circuit = circuit.postponed(one.postponed_until)
    return circuit


def _stop_refused(ended: Iterable[Ended]) -> bool:
    """Says whether all of the account was stopped."""
    refused = [one for one in ended if one.failure is not None and one.failure.kind is FailureClass.AUTH]
    for one in refused:
        if one.failure is not None:
            stop(source=one.source, reason=one.failure.message)
    return any(one.source.provider.credentials for one in refused)


def stop(*, source: Source, reason: str) -> None:
    """No more polls until a person looked.

    Where the credentials are the account's, all its sources stop: each further try may lock the account.
    """
    whose = Q(provider_id=source.provider_id) if source.provider.credentials else Q(id=source.id)
    stopped = Source.objects.filter(whose, state=State.ACTIVE)
    stopped.update(state=State.STOPPED, stop_reason=f"{REFUSED}: {reason}")
