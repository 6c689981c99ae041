"""A person brought a file, or typed it into a form: that is the receipt of its hours, with who, when and the digest."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction

from compliance_service.files.columns import Row
from compliance_service.files.models import Upload
from compliance_service.files.queries import at_hours, row_of
from compliance_service.obligations.models import ComplianceConfig, Obligation, Outcome
from compliance_service.receipts.operations import keep_upload
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.submissions.operations import LEASE, move
from compliance_service.submissions.states import Status
from shared.errors import Conflict

UPLOADED = "uploaded"


@dataclass(frozen=True, slots=True)
class Brought:
    """`content`: the file's bytes, or the rows that were typed, as a file of the same columns."""

    name: str
    content: bytes
    rows: Sequence[Row]
    at: datetime
    reference: str
    note: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def record(*, config: ComplianceConfig, brought: Brought, by: str, now: datetime) -> list[tuple[datetime, str]]:
    """A verdict for each hour: received, or why not. Conflict where nothing of it is new, or the file was recorded."""
    try:
        with transaction.atomic():
            verdicts = [(row.slot_at, _received(config, row, brought, by, now)) for row in brought.rows]
            hours = sum(verdict == "received" for _, verdict in verdicts)
            if hours:
                _keep(config, brought, hours, by, now)
    except IntegrityError as error:
        raise Conflict("Ese archivo ya se registró para esta obra.") from error
    return verdicts


def _received(config: ComplianceConfig, row: Row, brought: Brought, by: str, now: datetime) -> str:
    # The duty's row is the lock: somebody may record the same hour from another file.
    duties = Obligation.objects.select_for_update().filter(config=config, slot_at=row.slot_at)
    duty = duties.first()
    if duty is None:
        return "not_due"
    if duty.outcome != Outcome.OPEN:
        return f"already_{duty.outcome}"
    submission = at_hours(config.id, [row.slot_at]).get(row.slot_at)
    if submission is None or submission.status != Status.PENDING.value:
        return "not_ready" if submission is None else f"is_{submission.status.lower()}"
    if not same(row, row_of(submission)):
        return "differs"
    _confirm(submission, row, brought, by, now)
    return "received"


def same(brought: Row, ours: Row) -> bool:
    """Numbers are compared as numbers: a person's Excel may have dropped a zero."""
    return brought.fields.keys() == ours.fields.keys() and all(
        _number(said) == _number(ours.fields[name]) for name, said in brought.fields.items()
    )


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text


def _confirm(submission: ComplianceData, row: Row, brought: Brought, by: str, now: datetime) -> None:
    said: dict[str, Any] = {"leased_until": now + LEASE, "sent_at": brought.at, "next_attempt_at": None}
    move(submission, Status.SENT, at=now, by=by, reason=UPLOADED, **said)
    submission.status = Status.SENT.value
    attempt = Attempt.objects.create(
        submission=submission,
        number=Attempt.objects.filter(submission_id=submission.id).count() + 1,
        started_at=brought.at,
        finished_at=now,
        url=f"archivo:{brought.name}"[:300],
        request_headers={"sha256": brought.sha256, "by": by},
        request_body=";".join(row.fields.values()).encode(),
        request_mac=bytes.fromhex(brought.sha256),
        response_body=brought.reference.encode(),
        meaning=UPLOADED,
        message=brought.note[:300],
    )
    done = {"leased_until": None, "confirmed_at": now, "taken_at": now}
    move(submission, Status.CONFIRMED, at=now, by=by, reason=UPLOADED, **done)
    keep_upload(submission=submission, attempt=attempt, digest=brought.sha256, now=now)


def _keep(config: ComplianceConfig, brought: Brought, hours: int, by: str, now: datetime) -> None:
    Upload.objects.create(
        config=config,
        sha256=brought.sha256,
        name=brought.name[:200],
        content=brought.content,
        hours=hours,
        brought_at=brought.at,
        reference=brought.reference,
        note=brought.note,
        by=by,
        recorded_at=now,
    )


# A clock of the person's that runs ahead of ours by a little is no mistake.
TOLERANCE = timedelta(minutes=10)
