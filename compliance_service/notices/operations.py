"""Drafting notices, filling in what only a person knows, and noting their delivery."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance_service.notices import texts
from compliance_service.notices.facts import Failure, facts_of, failing, last_receipt
from compliance_service.notices.models import Kind, Notice
from compliance_service.notices.rules import Rules, rules_of
from compliance_service.notices.working_days import UnknownYear, last_day_to_tell
from compliance_service.obligations.models import ComplianceConfig
from shared.clock import REGULATOR_TIME
from shared.errors import Conflict, InvalidInput, NotFound, invalid

SYSTEM = "system"
TO_SAY = {Kind.FAILURE.value: texts.FAILURE, Kind.CHANGE.value: texts.CHANGE}
RENDER = {Kind.FAILURE.value: texts.failure, Kind.CHANGE.value: texts.change}


def draft_failures(now: datetime) -> int:
    """Drafts the notice of every failure that has none, and brings the open ones up to date; says how many changed."""
    open_ones = {notice.config_id: notice for notice in Notice.objects.filter(kind=Kind.FAILURE, ended_at=None)}
    works = ComplianceConfig.objects.filter(is_active=True, source__config__has_key="notices")
    changed = 0
    for config in works.select_related("source", "point"):
        notice = open_ones.get(config.id)
        changed += _follow(notice, config, now) if notice else _begin(config, now)
    return changed


def _begin(config: ComplianceConfig, now: datetime) -> bool:
    found, rules = failing(config, now=now), rules_of(config.source.config)
    return found is not None and rules is not None and _draft_failure(config, found, rules, now) is not None


def _draft_failure(config: ComplianceConfig, found: Failure, rules: Rules, now: datetime) -> Notice | None:
    """None where another worker was first."""
    facts = facts_of(config, started_at=found.started_at, ended_at=None, last=found.last_receipt, now=now)
    try:
        with transaction.atomic():
            due_at = found.started_at + rules.failure
            return _make(config, Kind.FAILURE, found.started_at, due_at, rules.to, facts, {}, SYSTEM, now)
    except IntegrityError:
        return None


def _follow(notice: Notice, config: ComplianceConfig, now: datetime) -> bool:
    """The facts of a failure as they are now. What was delivered stays as it was: only its end is noted."""
    last = last_receipt(config)
    is_over = last is not None and last.submission.slot_at >= notice.starts_at
    ended_at = last.received_at if last and is_over else None
    if notice.delivered_at:
        return bool(ended_at) and _open(notice).update(ended_at=ended_at) == 1
    before = None if is_over else last
    facts = facts_of(config, started_at=notice.starts_at, ended_at=ended_at, last=before, now=now)
    if is_over:
        facts["last_receipt"] = notice.facts["last_receipt"]
    return _rewrite(notice, facts=facts, filled=notice.filled, by=notice.changed_by, now=now, ended_at=ended_at)


def draft_change(*, config: ComplianceConfig, planned_date: date, description: str, by: str, now: datetime) -> Notice:
    """`config` with its source and point. Raises InvalidInput for a day that cannot be counted to."""
    rules = rules_of(config.source.config)
    if rules is None:
        raise InvalidInput(f"La fuente {config.source_id} no pide avisos.")
    today = now.astimezone(REGULATOR_TIME).date()
    if planned_date <= today:
        raise invalid("planned_date", "no es una fecha futura", expected="un día posterior a hoy")
    try:
        tell_by = last_day_to_tell(planned_date, working_days=rules.change_working_days, more=rules.holidays)
    except UnknownYear as error:
        raise invalid("planned_date", str(error), expected="una fecha de esos años") from error
    facts = {
        "work_code": config.work_code,
        "company_rut": config.company_rut,
        "point": config.point.name,
        "devices": [device["id"] for device in config.terms["devices"]],
        "planned_date": planned_date.isoformat(),
        "tell_by": tell_by.isoformat(),
        "working_days": rules.change_working_days,
        "is_late": today > tell_by,
    }
    starts_at, due_at = _midnight(planned_date), _midnight(tell_by + timedelta(days=1))
    return _make(config, Kind.CHANGE, starts_at, due_at, rules.to, facts, {"description": description}, by, now)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=REGULATOR_TIME).astimezone(UTC)


def fill(*, notice_id: UUID, filled: Mapping[str, str], by: str, now: datetime) -> Notice:
    """What only a person knows. Raises Conflict for a notice that was delivered."""
    notice = _found(notice_id)
    unknown = sorted(set(filled) - set(TO_SAY[notice.kind]))
    if unknown:
        expected = f"uno de {', '.join(TO_SAY[notice.kind])}"
        raise invalid(unknown[0], "este aviso no lo lleva", expected=expected)
    if not _rewrite(
        notice, facts=notice.facts, filled=notice.filled | filled, by=by, now=now, ended_at=notice.ended_at
    ):
        raise Conflict("El aviso ya fue entregado: no cambia más.")
    return _found(notice_id)


def deliver(*, notice_id: UUID, note: str, at: datetime, by: str) -> Notice:
    """A person sent it. Raises InvalidInput where something is still to be said, Conflict where it was sent already."""
    notice = _found(notice_id)
    missing = [called for name, called in TO_SAY[notice.kind].items() if not notice.filled.get(name)]
    if missing:
        raise InvalidInput(f"Falta completar: {', '.join(missing)}.")
    undelivered = Notice.objects.filter(id=notice_id, delivered_at=None)
    if not undelivered.update(delivered_at=at, delivered_by=by, delivery_note=note):
        raise Conflict("El aviso ya está marcado como entregado.")
    return _found(notice_id)


def _make(
    config: ComplianceConfig,
    kind: Kind,
    starts_at: datetime,
    due_at: datetime,
    to: str,
    facts: dict[str, Any],
    filled: dict[str, str],
    by: str,
    now: datetime,
) -> Notice:
    text = RENDER[kind.value](facts, filled)
    return Notice.objects.create(
        config=config,
        kind=kind,
        starts_at=starts_at,
        due_at=due_at,
        to=to,
        facts=facts,
        filled=filled,
        subject=text.subject,
        body=text.body,
        drafted_at=now,
        drafted_by=by,
        changed_at=now,
        changed_by=by,
    )


def _rewrite(
    notice: Notice,
    *,
    facts: dict[str, Any],
    filled: dict[str, str],
    by: str,
    now: datetime,
    ended_at: datetime | None,
) -> bool:
    """False where it was delivered, or changed by another, meanwhile."""
    text = RENDER[notice.kind](facts, filled)
    same = Notice.objects.filter(id=notice.id, delivered_at=None, changed_at=notice.changed_at)
    changes: dict[str, Any] = {"facts": facts, "filled": filled, "subject": text.subject, "body": text.body}
    return same.update(**changes, changed_at=now, changed_by=by, ended_at=ended_at) == 1


def _open(notice: Notice) -> Any:
    return Notice.objects.filter(id=notice.id, ended_at=None)


def _found(notice_id: UUID) -> Notice:
    found = Notice.objects.select_related("config").filter(id=notice_id).first()
    if found is None:
        raise NotFound("No hay un aviso con ese id.")
    return found
