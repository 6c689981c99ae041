from datetime import datetime

from compliance_service.authorities.dga.answers import Answer, Meaning
from compliance_service.obligations.operations import close_with_receipt
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData


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
    )
    close_with_receipt(obligation_id=submission.obligation_id, now=now)
