"""Writes of receipts and of what was found wrong with them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.registry import authority_of
from compliance_service.obligations.operations import close_with_receipt, close_with_receipts
from compliance_service.obligations.works import authority_for
from compliance_service.receipts.models import Incident, Receipt
from compliance_service.receipts.schedule import first_read
from compliance_service.submissions.land import Accepted
from compliance_service.submissions.models import Attempt, ComplianceData
from shared.db.unnest import by_column
from shared.errors import Conflict, NotFound

KEEP = """
INSERT INTO receipt (source_id, voucher, submission_id, attempt_id, by_duplicate, received_at, next_read_at, verdict,
                     matches, not_found, unanswered)
SELECT said.*, '', 0, 0, 0
  FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::bigint[], %s::bool[], %s::timestamptz[], %s::timestamptz[]) said
"""


def keep_receipts(accepted: Sequence[Accepted]) -> None:
    """Keeps the vouchers and ends the duties. Inside the transaction that confirms the submissions.

    A voucher that another submission has already is refused by the database (IntegrityError): a person must look.
    """
    if not accepted:
        return
    with connection.cursor() as cursor:
        cursor.execute(KEEP, by_column(map(_row, accepted)))
    close_with_receipts({one.obligation: one.at for one in accepted})


def _row(one: Accepted) -> tuple[object, ...]:
    read_at = first_read(one.at) if authority_of(one.source).reads_back else None
    by_duplicate = one.answer.meaning is Meaning.DUPLICATE
    return one.source, one.answer.voucher, one.submission, one.attempt, by_duplicate, one.at, read_at


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
