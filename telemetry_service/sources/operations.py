"""Writes of sources. What asks the provider first is in activation.py."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from shared.errors import Conflict, FieldError, NotFound
from telemetry_service.providers.models import POLLED
from telemetry_service.providers.operations import lock_provider, renew_sessions
from telemetry_service.providers.params import split_params
from telemetry_service.providers.queries import spoken
from telemetry_service.raw.mapping import name_origins, remap_series
from telemetry_service.raw.precedence import Rank
from telemetry_service.sources.models import MOVES, Source, SourceMove, State
from telemetry_service.sources.plans import Plan, least_period, make_plan, mapped, plan_of
from telemetry_service.sources.queries import get_source

CHANGED = "La fuente o su cuenta cambió mientras tanto: lea de nuevo y repita."
TAKEN = {
    "series_key_once_per_origin": FieldError(
        "variables",
        "otra fuente ya lee esa clave de ese mismo dispositivo",
        expected="claves que ninguna lea, o un cambio de la que las lee (también un borrador las lee)",
    ),
    "series_variable_once_per_source": FieldError(
        "variables", "dos claves dicen ser la misma variable", expected="cada variable una sola vez"
    ),
}


def create_source(*, actor: str, now: datetime, live: bool = False, **said: Any) -> Source:
    """A source of the plan that `make_plan` makes of `said`. `live`: somebody has seen that it works."""
    return store_source(make_plan(**said), live=live, actor=actor, now=now)


def store_source(plan: Plan, *, live: bool, actor: str, now: datetime, tested_at: datetime | None = None) -> Source:
    """A draft that nobody asks, or with `live` one that is due at once if it is of those that are asked."""
    source = Source(provider=plan.provider, point_id=plan.point_id, created_at=now, created_by=actor)
    source.state = State.ACTIVE if live else State.DRAFT
    source.next_poll_at = due_after_test(plan, now) if live else None
    source.tested_at = tested_at
    _lay_down(source, plan)
    with _conflicts_told(), transaction.atomic():
        _hold_account(plan)
        source.save(force_insert=True)
        _remap(source, plan, now=now)
        _note(source, by=actor, now=now)
    return source


def change_source(
    *,
    source_id: UUID,
    plan: Plan,
    version: int,
    tested: bool,
    actor: str,
    now: datetime,
    withdraw: Collection[str] = (),
) -> Source:
    """The source as `plan` says, unless it or its account changed since `version`. `tested`: the plan was seen to work.

    `withdraw`: keys that never were this point's, see raw.mapping.
    A stopped one that is to ask something else becomes a draft: what nobody has seen working does not go live.
    """
    with _conflicts_told(), transaction.atomic():
        _hold_account(plan)
        source = Source.objects.select_for_update(of=("self",)).select_related("provider").get(id=source_id)
        asks_anew = not plan.is_part_of(plan_of(source))
        if source.version != version or (asks_anew and source.state == State.ACTIVE and not tested):
            raise Conflict(CHANGED)
        _keep_pace(source, plan, now)
        _lay_down(source, plan)
        source.version += 1
        source.next_poll_at = source.next_poll_at if source.state == State.ACTIVE else None
        if asks_anew:
            source.tested_at, source.faults = (now if tested else None), []
        if asks_anew and source.state == State.STOPPED:
            source.state, source.stop_reason = State.DRAFT, ""
            _note(source, by=actor, now=now, reason="pregunta otra cosa")
        source.save()
        _remap(source, plan, withdraw=withdraw, now=now)
    return source


def move(
    *,
    source_id: UUID,
    since: State,
    to: State,
    by: str,
    now: datetime,
    reason: str = "",
    seen: Plan | None = None,
    version: int | None = None,
    **fields: Any,
) -> Source:
    """From `since` to `to`, by whoever is first. Conflict where it moved meanwhile.

    With `seen` and `version` only as it was when somebody saw it working.
    """
    if to not in MOVES[since]:
        raise ValueError(f"a source does not move from {since} to {to}")
    with transaction.atomic():
        if seen is not None:
            _hold_account(seen)
        # No join in here: PostgreSQL would judge the row as it was before another's move.
        there = Source.objects.filter(id=source_id, state=since)
        there = there if version is None else there.filter(version=version)
        moved = there.update(state=to, stop_reason=reason, **fields)
        source = Source.objects.select_related("provider").filter(id=source_id).first()
        if source is None:
            raise NotFound("No existe esa fuente.")
        if not moved:
            is_there = source.state == since
            raise Conflict(CHANGED if is_there else f"La fuente está {State(source.state).label.lower()}.")
        _note(source, by=by, now=now, reason=reason)
    return source


def pause_source(*, source_id: UUID, reason: str, points: Collection[UUID] | None, actor: str, now: datetime) -> Source:
    """Nobody asks it any more until it is resumed; what it has read stays."""
    get_source(source_id, points=points)
    return move(source_id=source_id, since=State.ACTIVE, to=State.STOPPED, by=actor, now=now, reason=reason)


def resume_source(*, source_id: UUID, points: Collection[UUID] | None, actor: str, now: datetime) -> Source:
    """A stopped source is due at once: whoever asks has looked at why it stopped."""
    return resume(get_source(source_id, points=points), actor=actor, now=now)


def resume(source: Source, *, actor: str, now: datetime) -> Source:
    """Credentials that were refused are tried once more, which takes a new session of the account."""
    renew_sessions(provider_id=source.provider_id)
    return move(
        source_id=source.id,
        since=State.STOPPED,
        to=State.ACTIVE,
        by=actor,
        now=now,
        failures=0,
        next_poll_at=_soonest(source, now) if source.provider.type in POLLED else None,
        leased_until=None,
    )


def note_test(*, source_id: UUID, faults: list[dict[str, Any]], now: datetime) -> None:
    """Of a dry run nothing else is kept."""
    Source.objects.filter(id=source_id).update(tested_at=now, faults=faults)


def lay_down_again(source: Source, plan: Plan) -> None:
    """After a change of its account: which parameters are secret, and whose keys these are."""
    with _conflicts_told(), transaction.atomic():
        _lay_down(source, plan)
        source.save(update_fields=["params", "secret_params", "variable_params", "least_period_s"])
        name_origins(source_id=source.id, origins={key: one.origin for key, one in mapped(plan, source.id).items()})


def due_after_test(plan: Plan, now: datetime) -> datetime | None:
    """At once, unless the provider forbids to ask again so soon after its dry run. None: nobody asks it."""
    return now + least_period(plan) if plan.provider.type in POLLED else None


def _soonest(source: Source, now: datetime) -> datetime:
    if source.last_polled_at is None:
        return now
    return max(now, source.last_polled_at + timedelta(seconds=source.least_period_s))


def _hold_account(plan: Plan) -> None:
    """What the plan was checked against is still so, and stays so until the transaction ends."""
    there, seen = lock_provider(plan.provider.id), plan.provider
    # Not the version: a session that was only renewed changes nothing.
    if (there.config, there.credentials) != (seen.config, seen.credentials):
        raise Conflict(CHANGED)


def _lay_down(source: Source, plan: Plan) -> None:
    shown, secret = split_params(spoken(plan.provider).params, plan.params)
    source.params, source.secret_params = shown, secret
    source.variable_params = {key: dict(said) for key, said in plan.overrides.items()}
    source.period_s, source.phase_s, source.cadence_s = plan.period_s, plan.phase_s, plan.cadence_s
    source.least_period_s = round(least_period(plan).total_seconds())
    source.fallback_rank = plan.fallback_rank
    source.history_from = plan.history_from


def _keep_pace(source: Source, plan: Plan, now: datetime) -> None:
    """Asked more often from now on, not from its next hour on; and a longer past is read from its beginning."""
    if source.next_poll_at is not None and plan.period_s != source.period_s:
        source.next_poll_at = min(source.next_poll_at, now + timedelta(seconds=plan.period_s))
    earlier = plan.history_from is not None and (source.history_from is None or plan.history_from < source.history_from)
    if earlier:
        source.cursors = {}


def _remap(source: Source, plan: Plan, *, now: datetime, withdraw: Collection[str] = ()) -> None:
    remap_series(
        source_id=source.id,
        point_id=plan.point_id,
        keys=mapped(plan, source.id),
        rank=Rank.FIRST + plan.fallback_rank,
        holds_s=source.expected_s,
        withdraw=withdraw,
        now=now,
    )


def _note(source: Source, *, by: str, now: datetime, reason: str = "") -> None:
    SourceMove.objects.create(source=source, at=now, by=by, to=source.state, reason=reason)


@contextmanager
def _conflicts_told() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or ""
        taken = TAKEN.get(name, FieldError("(body)", "contradice a lo que hay"))
        raise Conflict("La fuente choca con lo que ya existe.", errors=[taken]) from error
