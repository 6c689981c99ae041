"""What this service knows of a work's duties: each with its submission, moves, attempts, receipt and readings back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model

from compliance_service.obligations.models import Obligation
from compliance_service.receipts.models import Incident, ReadBack, Receipt
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.weather.queries import outages_of

AT_ONCE = 500
DUTY = ("slot_at", "due_at", "deadline_at", "outcome", "closed_at", "cause", "note", "explained_by", "evidence")
SUBMISSION = ("id", "status", "held_reason", "error_reason", "document", "evidence", "sent_at", "confirmed_at")
MOVE = ("old", "new", "at", "by", "reason")
ATTEMPT = (
    "number", "started_at", "finished_at", "url", "request_headers", "request_body", "request_mac", "response_status",
    "response_headers", "response_body", "meaning", "message",
)  # fmt: skip
RECEIPT = ("voucher", "by_duplicate", "received_at", "verdict", "read_at")
READ_BACK = ("at", "url", "response_status", "response_body", "verdict", "differences")
OUTAGE = ("started_at", "noticed_at", "ended_at", "tries", "works")
INCIDENT = ("opened_at", "closed_at", "closed_by", "note")


def duties(config_id: UUID, *, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """The duties of [start, end) by hour, some hundreds in memory at a time. `submission` may be None."""
    rows = Obligation.objects.filter(config_id=config_id, slot_at__gte=start, slot_at__lt=end).order_by("slot_at")
    while some := list(rows[:AT_ONCE]):
        told, fell = _submissions([duty.pk for duty in some]), _outages([duty.pk for duty in some])
        for duty in some:
            known = {"submission": told.get(duty.pk), "outages": fell.get(duty.pk, [])}
            yield {**_named(duty, DUTY), **known}
        rows = rows.filter(slot_at__gt=some[-1].slot_at)


def first_measured(config_id: UUID, *, start: datetime, end: datetime) -> dict[str, datetime]:
    """By variable, from when before `start` on measurements bear on what was reported in [start, end)."""
    rows = ComplianceData.objects.filter(config_id=config_id, slot_at__gte=start, slot_at__lt=end)
    found: dict[str, datetime] = {}
    for evidence in rows.values_list("evidence", flat=True).iterator(AT_ONCE):
        for name, said in evidence.items():
            since = _since(said) if isinstance(said, dict) else None
            if since is not None:
                variable = said.get("variable", name)
                found[variable] = min(since, found.get(variable, since))
    return {variable: since for variable, since in found.items() if since < start}


def _since(said: Mapping[str, Any]) -> datetime | None:
    """Of what is pinned: from when on it was measured, where that is before its instant."""
    mean, change = said.get("mean"), said.get("change")
    if isinstance(mean, dict):
        return datetime.fromisoformat(mean["from"]) - timedelta(seconds=mean["gap_s"])
    return datetime.fromisoformat(change["from"]["time"]) if isinstance(change, dict) else None


def _outages(duty_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The regulator's outages that delayed each duty."""
    return {duty: [_named(one, OUTAGE) for one in found] for duty, found in outages_of(duty_ids).items()}


def _submissions(duty_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = list(ComplianceData.objects.filter(obligation_id__in=duty_ids))
    ids = [row.id for row in rows]
    receipts = {row.submission_id: row for row in Receipt.objects.filter(submission_id__in=ids)}
    told = {row.id: _told(row, receipts.get(row.id)) for row in rows}
    for move in Move.objects.filter(submission_id__in=ids).order_by("id"):
        told[move.submission_id]["moves"].append(_named(move, MOVE))
    for attempt in Attempt.objects.filter(submission_id__in=ids).order_by("number"):
        told[attempt.submission_id]["attempts"].append(_named(attempt, ATTEMPT))
    return {row.obligation_id: told[row.id] for row in rows}


def _told(row: ComplianceData, receipt: Receipt | None) -> dict[str, Any]:
    said = _named(row, SUBMISSION) | {"moves": [], "attempts": []}
    return said | {"receipt": _receipt(receipt) if receipt else None}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for back in ReadBack.objects.filter(receipt=receipt).order_by("id"):
        found["read_backs"].append(_named(back, READ_BACK))
    for incident in Incident.objects.filter(receipt=receipt).order_by("id"):
        found["incidents"].append(_named(incident, INCIDENT))
    return _named(receipt, RECEIPT) | {"read_backs": found["read_backs"], "incidents": found["incidents"]}


def _named(row: Model, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
