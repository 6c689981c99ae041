"""Duties are made with their work, closed by a receipt, or explained by a person."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from compliance_service.obligations.making import make_first
from compliance_service.obligations.models import Cause, ComplianceConfig, Obligation, Outcome
from shared.db.unnest import by_column
from shared.errors import Conflict, invalid


@dataclass(frozen=True, slots=True)
class NewConfig:
    """A checked request; `password` is the informant's."""

    point: UUID
    source: str
    work_code: str
    standard: str
    informant_rut: str
    company_rut: str
    password: str
    start_date: datetime
    end_date: datetime | None
    terms: Mapping[str, Any] = field(default_factory=dict)
    is_shadow: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an explanation rests on: `given` by its author ({kind, reference, sha256}), and `found` out, by duty."""

    given: Sequence[Mapping[str, Any]] = ()
    found: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, duty_id: int, *, waiting_for: str) -> dict[str, Any]:
        found = {"waiting_for": waiting_for, **self.found.get(duty_id, {"submission": None})}
        return {"given": [dict(one) for one in self.given], "found": found}


NOTHING_GIVEN = Evidence()


def create_config(*, new: NewConfig, by: str, now: datetime) -> ComplianceConfig:
    """The configuration, with the duties of its first two days. Raises Conflict for a work or point that has one."""
    try:
        with transaction.atomic():
            config = ComplianceConfig.objects.create(
                point_id=new.point,
                source_id=new.source,
                work_code=new.work_code,
                standard=new.standard,
                informant_rut=new.informant_rut,
                company_rut=new.company_rut,
                password=new.password,
                terms=dict(new.terms),
                is_shadow=new.is_shadow,
                is_by_hand=goes_by_hand(new.terms),
                start_date=new.start_date,
                end_date=new.end_date,
                created_at=now,
                created_by=by,
            )
            make_first(config.id, now)
    except IntegrityError as error:
        raise Conflict(f"La obra {new.work_code} o su punto ya tienen una configuración para {new.source}.") from error
    return config


def goes_by_hand(terms: Mapping[str, Any]) -> bool:
    return bool(terms.get("channel", "online") != "online")


def close_with_receipt(*, obligation_id: int, now: datetime) -> bool:
    """False when it had ended already: an explained hour whose receipt came after all keeps its explanation."""
    return close_with_receipts({obligation_id: now}) == 1


# The outcome of before is given with each row: with a constant the planner may read all duties that are open.
CLOSE = """
UPDATE obligation SET outcome = 'receipt', closed_at = said.at, next_look_at = NULL, waiting_for = ''
  FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS said(id, open, at)
 WHERE obligation.id = said.id AND obligation.outcome = said.open
"""
LOOK_AGAIN = """
UPDATE obligation SET next_look_at = said.at, waiting_for = said.waiting_for
  FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[]) AS said(id, open, at, waiting_for)
 WHERE obligation.id = said.id AND obligation.outcome = said.open
"""


def close_with_receipts(ended: Mapping[int, datetime]) -> int:
    """`ended`: when, by duty. Says how many; those that had ended already stay as they ended."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, by_column((duty, Outcome.OPEN.value, at) for duty, at in ended.items()))
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Look:
    """When a duty is looked at again (None: not by itself), and what it waits for."""

    obligation: int
    at: datetime | None
    waiting_for: str


def look_again(*, obligation_id: int, at: datetime | None, waiting_for: str) -> None:
    look_at([Look(obligation_id, at, waiting_for)])


def look_at(looks: Sequence[Look]) -> None:
    """Open duties only: what has ended is not looked at."""
    if looks:
        with connection.cursor() as cursor:
            rows = ((look.obligation, Outcome.OPEN.value, look.at, look.waiting_for) for look in looks)
            cursor.execute(LOOK_AGAIN, by_column(rows))


def explain(
    *,
    config_id: UUID,
    start: datetime,
    end: datetime,
    cause: Cause,
    note: str,
    leave: Iterable[int],
    by: str,
    now: datetime,
    evidence: Evidence = NOTHING_GIVEN,
) -> list[tuple[datetime, str]]:
    """Ends the open duties in [start, end) as explained. A verdict for each hour: explained, or why not.

    `leave` names duties whose submission is under way or may have arrived: explaining those could contradict a receipt.
    `evidence` is kept with each, beside what the system knows of the hour.
    """
    with transaction.atomic():
        duties = Obligation.objects.filter(config_id=config_id, slot_at__gte=start, slot_at__lt=end)
        rows = list(duties.order_by("slot_at").select_for_update())
        kept = set(leave)
        verdicts = [(row.slot_at, _verdict(row, kept, now)) for row in rows]
        alike: dict[str, list[int]] = {}
        for row, (_, verdict) in zip(rows, verdicts, strict=True):
            if verdict == "explained":
                said = json.dumps(evidence.of(row.id, waiting_for=row.waiting_for))
                alike.setdefault(said, []).append(row.id)
        for said, ids in alike.items():
            _explain(ids, cause=cause, note=note, by=by, now=now, evidence=json.loads(said))
    return verdicts


def explain_one(
    *, obligation_id: int, cause: str, note: str, by: str, now: datetime, evidence: Mapping[str, Any]
) -> bool:
    """Ends an open duty as explained. False when it had ended already."""
    return _explain([obligation_id], cause=cause, note=note, by=by, now=now, evidence=evidence) == 1


def _explain(ids: Sequence[int], *, cause: str, note: str, by: str, now: datetime, evidence: Mapping[str, Any]) -> int:
    duties = Obligation.objects.filter(id__in=ids, outcome=Outcome.OPEN)
    ended = {"outcome": Outcome.EXPLAINED, "closed_at": now, "next_look_at": None, "waiting_for": ""}
    return duties.update(**ended, cause=cause, note=note, explained_by=by, evidence=dict(evidence))


def _verdict(row: Obligation, leave: set[int], now: datetime) -> str:
    if row.outcome != Outcome.OPEN:
        return f"already_{row.outcome}"
    if row.slot_at > now:
        return "not_due_yet"
    return "being_sent" if row.id in leave else "explained"


def stop_config(*, config_id: UUID, reason: str, now: datetime) -> None:
    """The source refuses this work. Nothing more is sent for it; the others go on."""
    ComplianceConfig.objects.filter(id=config_id).update(stopped_at=now, stopped_reason=reason[:300])


def change_config(*, config_id: UUID, changes: Mapping[str, Any]) -> ComplianceConfig:
    """Changes who reports, until when, or whether at all. What was sent stays as it was sent."""
    with transaction.atomic():
        config = ComplianceConfig.objects.select_for_update().get(id=config_id)
        for name, value in changes.items():
            setattr(config, name, value)
        if config.end_date and config.end_date <= config.start_date:
            raise invalid("end_date", "no es posterior a start_date", expected="un instante posterior")
        config.is_by_hand = goes_by_hand(config.terms)
        config.save(update_fields=[*changes, "is_by_hand"])
    return config


def start_again(*, config_id: UUID) -> bool:
    """Ends the stop of a work. False when it was not stopped."""
    stopped = ComplianceConfig.objects.filter(id=config_id, stopped_at__isnull=False)
    return stopped.update(stopped_at=None, stopped_reason="") == 1
