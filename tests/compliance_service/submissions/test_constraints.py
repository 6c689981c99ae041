"""What the database itself says of submissions, attempts and receipts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.submissions.prepare import prepare
from tests.compliance_service.conftest import LOOK, Regulator, Telemetry

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Make = Callable[..., Any]


def test_no_two_hours_have_one_voucher(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    first, second = make_config(), make_config("OB-0601-102")
    telemetry.good(first.point_id)
    run()
    receipt = Receipt.objects.get()
    real, stolen = receipt.voucher, "b" * 32
    Receipt.objects.update(voucher=stolen)
    telemetry.good(second.point_id)
    run(LOOK + HOUR)
    theirs = Receipt.objects.exclude(id=receipt.id).get().voucher
    assert theirs not in {real, stolen}
    with pytest.raises(IntegrityError, match="receipt_voucher_once"), transaction.atomic():
        Receipt.objects.filter(id=receipt.id).update(voucher=theirs)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("submission_status_known", {"status": "LOST"}),
        ("submission_confirmed_has_time", {"status": "CONFIRMED"}),
        ("submission_held_has_reason", {"status": "HELD"}),
        ("submission_sendable_has_time", {"next_attempt_at": None}),
        ("submission_sent_has_lease", {"status": "SENT"}),
    ],
)
def test_the_database_states_what_a_submission_is(
    make_config: Make, telemetry: Telemetry, name: str, changes: dict[str, Any]
) -> None:
    telemetry.good(make_config().point_id)
    prepare(LOOK, read=telemetry.read)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ComplianceData.objects.update(**changes)


def test_the_database_states_what_an_attempt_and_a_receipt_are(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    telemetry.good(make_config().point_id)
    run()
    attempt = Attempt.objects.get()
    with pytest.raises(IntegrityError, match="attempt_finished_has_meaning"), transaction.atomic():
        Attempt.objects.update(meaning="")
    with pytest.raises(IntegrityError, match="attempt_number_once"), transaction.atomic():
        Attempt.objects.create(
            submission=attempt.submission,
            number=1,
            started_at=LOOK,
            url="u",
            request_headers={},
            request_body=b"",
            request_mac=b"",
        )
    with pytest.raises(IntegrityError, match="receipt_has_voucher"), transaction.atomic():
        Receipt.objects.update(voucher="")
