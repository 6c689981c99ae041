"""A work in shadow: everything is prepared and nothing leaves, while another system still reports it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance_service.files.columns import Row
from compliance_service.files.queries import row_of
from compliance_service.obligations.models import Cause, ComplianceConfig, Obligation, Outcome
from compliance_service.obligations.operations import Evidence, explain
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.states import Status
from shared.errors import Conflict

NOTE = "modo sombra: hasta aquí la informaba otro sistema"


@dataclass(frozen=True, slots=True)
class Shadow:
    """How the hours of a period stand: `ready` could be sent, `held` would wait for a person, by reason.

    `flow_value`: whether a flow is the instant's sample (`instant`) or the period's mean (`mean`).
    """

    due: int
    ready: int
    held: dict[str, int]
    no_data: int
    flow_value: str


def shadow_of(config: ComplianceConfig, *, start: datetime, end: datetime) -> Shadow:
    slots = {"config": config, "slot_at__gte": start, "slot_at__lt": end}
    due = Obligation.objects.filter(**slots).count()
    states = ComplianceData.objects.filter(**slots).values_list("status", "held_reason")
    held = Counter(reason for status, reason in states if status == Status.HELD.value)
    ready = sum(status != Status.HELD.value for status, _ in states)
    return Shadow(due, ready, dict(held), due - ready - held.total(), config.terms.get("flow_value", "instant"))


def rows_between(config: ComplianceConfig, *, start: datetime, end: datetime) -> list[Row]:
    """What we would have sent, or sent, of [start, end)."""
    rows = ComplianceData.objects.filter(config=config, slot_at__gte=start, slot_at__lt=end).exclude(document={})
    return [row_of(row) for row in rows.order_by("slot_at")]


def go_live(config: ComplianceConfig, *, checks: list[dict[str, Any]], by: str, now: datetime) -> int:
    """From the next hour on it is ours to report. Says how many hours of before are explained, and so never sent."""
    with transaction.atomic():
        live = ComplianceConfig.objects.filter(id=config.id, is_shadow=True).update(is_shadow=False)
        if live != 1:
            raise Conflict("Esta obra no está en modo sombra.")
        open_hours = Obligation.objects.filter(config=config, outcome=Outcome.OPEN, slot_at__lte=now)
        known = {duty: {"shadow": True} for duty in open_hours.values_list("id", flat=True)}
        verdicts = explain(
            config_id=config.id,
            start=config.start_date,
            end=max(now, config.start_date),
            cause=Cause.REPORTED_BY_ANOTHER,
            note=NOTE,
            leave=[],
            by=by,
            now=now,
            evidence=Evidence([{"kind": "preflight", "reference": check["check"], **check} for check in checks], known),
        )
    return sum(verdict == "explained" for _, verdict in verdicts)
