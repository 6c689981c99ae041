"""Writes of receipts and of what was found wrong with them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.obligations.operations import close_with_receipt
from compliance_service.obligations.works import authority_for
from compliance_service.receipts.models import Incident, Receipt
from compliance_service.receipts.schedule import first_read
from compliance_service.submissions.models import Attempt, ComplianceData
from shared.errors import Conflict, NotFound


def keep_receipt(submission: ComplianceData, attempt: Attempt, answer: Answer, now: datetime) -> None:
    """Keeps the voucher and ends the duty. Inside the transaction that confirms the submission.

    A voucher that another submission has already is refused by the database (IntegrityError): a person must look.
    """
    Receipt.objects.create(
        source_id=submission.config.source_id,
        voucher=answer.voucher,
        submission=submission,
        attempt=attempt,
        by_duplicate=answer.meaning is Meaning.DUPLICATE,
        received_at=now,
        next_read_at=first_read(now) if authority_for(submission.config).reads_back else None,
    )
    close_with_receipt(obligation_id=submission.obligation_id, now=now)


def keep_found_voucher(*, submission: ComplianceData, voucher: str, now: datetime) -> None:
    """Ends the duty with a voucher that a person found in the regulator's records; reading it back tells whether it is.

    Of an hour whose last attempt was answered without one. IntegrityError where another hour has it.
    """
    Receipt.objects.create(
        source_id=submission.config.source_id,
        voucher=voucher,
        submission=submission,
        attempt=Attempt.objects.filter(submission_id=submission.id).order_by("-number")[0],
        by_duplicate=False,
        received_at=now,
        next_read_at=first_read(now) if authority_for(submission.config).reads_back else None,
    )
    close_with_receipt(obligation_id=submission.obligation_id, now=now)


def keep_upload(*, submission: ComplianceData, attempt: Attempt, digest: str, now: datetime) -> None:
    """The receipt of an hour that a person brought in a file: nobody gave a voucher, and nobody can be asked for it.

    Its name is the file's digest, cut, and the hour.
    """
    Receipt.objects.create(
        source_id=submission.config.source_id,
        voucher=f"{digest[:32]}-{submission.slot_at:%Y%m%d%H%M}",
        submission=submission,
        attempt=attempt,
        by_duplicate=False,
        received_at=now,
        next_read_at=None,
    )
    close_with_receipt(obligation_id=submission.obligation_id, now=now)


def close_incident(*, incident_id: int, note: str, by: str, now: datetime) -> Incident:
    """A person looked. The receipt is read again, so that what is still wrong opens another."""
    with transaction.atomic():
        closed = Incident.objects.filter(id=incident_id, closed_at=None).update(closed_at=now, closed_by=by, note=note)
        incident = (
            Incident.objects.select_related("receipt__submission__config", "read_back").filter(id=incident_id).first()
        )
        if incident is None:
            raise NotFound("No existe ese incidente.")
        if not closed:
            raise Conflict("El incidente ya está cerrado.")
        Receipt.objects.filter(id=incident.receipt_id).update(not_found=0, next_read_at=first_read(now))
    return incident


def read_again(*, receipt_ids: Iterable[int], now: datetime) -> int:
    """Asks for a reading at once; says of how many receipts."""
    return Receipt.objects.filter(id__in=list(receipt_ids)).update(next_read_at=now)
