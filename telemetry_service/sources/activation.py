"""What goes live has been seen to work: a dry run first, outside of any transaction, then the write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.errors import Conflict, FieldError, invalid
from telemetry_service.raw.queries import past_keys, variables_of
from telemetry_service.sources.findings import Finding
from telemetry_service.sources.models import Source, State
from telemetry_service.sources.operations import change_source, due_after_test, move, note_test, store_source
from telemetry_service.sources.plans import Plan, checked, make_plan, plan_of
from telemetry_service.sources.queries import get_source
from telemetry_service.sources.trials import Trial, run_trial


class NotReady(Conflict):
    """A dry run found what keeps a source from going live."""

    code, title = "source_not_ready", "La fuente no puede activarse"


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What a person changes of a source; what is not said stays.

    `fields` are of period_s, phase_s, cadence_s, fallback_rank and history_from. `params` are laid over those there
    are, null removes. `variables` and `overrides` are the whole mapping. `withdraw`: keys that never were this point's.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] | None = None
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    withdraw: Collection[str] = ()


def create_live(*, actor: str, now: datetime, **said: Any) -> Source:
    """A source that is asked from now on. NotReady, and nothing is written, where a dry run finds a blocking fault."""
    plan = make_plan(**said)
    _pass(plan, now)
    return store_source(plan, live=True, actor=actor, now=now, tested_at=now)


def try_plan(*, now: datetime, **said: Any) -> Trial:
    """A dry run of what is not saved."""
    return run_trial(make_plan(**said), now=now)


def try_source(*, source_id: UUID, points: Collection[UUID] | None, now: datetime) -> Trial:
    """A dry run of a saved source: only when it was, and what keeps it from going live, is kept."""
    source = get_source(source_id, points=points)
    trial = run_trial(plan_of(source), now=now)
    note_test(source_id=source.id, faults=_kept(trial.faults), now=now)
    return trial


def activate_source(*, source_id: UUID, points: Collection[UUID] | None, actor: str, now: datetime) -> Source:
    """A draft goes live. NotReady names the blocking faults of its dry run; Conflict where it is no draft."""
    source = get_source(source_id, points=points)
    if source.state != State.DRAFT:
        raise Conflict(f"La fuente está {State(source.state).label.lower()}: solo se activa una en preparación.")
    plan = checked(plan_of(source))
    trial = run_trial(plan, now=now)
    note_test(source_id=source.id, faults=_kept(trial.faults), now=now)
    _refuse(trial.faults)
    due = due_after_test(plan, now)
    return move(
        source_id=source.id,
        since=State.DRAFT,
        to=State.ACTIVE,
        by=actor,
        now=now,
        seen=plan,
        version=source.version,
        next_poll_at=due,
    )


def change(
    *, source_id: UUID, change: SourceChange, points: Collection[UUID] | None, actor: str, now: datetime
) -> Source:
    """The source changed. One that is live and is to ask something else has to pass a dry run of that first."""
    source = get_source(source_id, points=points)
    before = plan_of(source)
    _check_withdrawn(source, change)
    plan = checked(_laid_over(before, change))
    tested = source.state == State.ACTIVE and not plan.is_part_of(before)
    if tested:
        _pass(plan, now)
    return change_source(
        source_id=source.id,
        plan=plan,
        version=source.version,
        tested=tested,
        withdraw=change.withdraw,
        actor=actor,
        now=now,
    )


def _laid_over(plan: Plan, change: SourceChange) -> Plan:
    params = {name: value for name, value in {**plan.params, **change.params}.items() if value is not None}
    if change.variables is not None:
        plan = replace(plan, variables=change.variables, overrides=change.overrides)
    left = {key: variable for key, variable in plan.variables.items() if key not in change.withdraw}
    overrides = {key: said for key, said in plan.overrides.items() if key in left}
    return replace(plan, params=params, variables=left, overrides=overrides, **change.fields)


def _check_withdrawn(source: Source, change: SourceChange) -> None:
    """Only what was read can be withdrawn, and not what is to be read on."""
    read = variables_of([source.id]).get(source.id, {})
    known = {*read, *(one.key for one in past_keys(source.id))}
    for number, key in enumerate(change.withdraw):
        if key not in known or key in (change.variables or {}):
            problem = "la fuente nunca la leyó" if key not in known else "también está en variables"
            raise invalid(f"withdraw.{number}", problem, received=key, expected=f"una de: {', '.join(sorted(known))}")
    if change.withdraw and set(change.withdraw) >= set(change.variables or read):
        raise invalid("withdraw", "no queda ninguna clave que leer", expected="detenga la fuente, o deje alguna")


def _pass(plan: Plan, now: datetime) -> None:
    _refuse(run_trial(plan, now=now).faults)


def _refuse(faults: Sequence[Finding]) -> None:
    if faults:
        errors = [FieldError(one.field, one.problem, expected=one.expected, code=one.code) for one in faults]
        raise NotReady("La prueba encontró fallas que impiden activar la fuente.", errors=errors)


def _kept(faults: Sequence[Finding]) -> list[dict[str, Any]]:
    return [one.shown() for one in faults]
