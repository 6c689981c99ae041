"""What came back of several works lands together, and one that cannot land takes no other with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.obligations.models import Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt
from deploy.simulators.dga.voucher import make_voucher
from deploy.simulators.scenario import read_scenario
from tests.compliance_service.conftest import LOOK, Regulator, Telemetry

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CODES = ("OB-0601-101", "OB-0601-102", "OB-0601-103")
IN_CHILE = "2024-05-13 10:00:00"  # SLOT, as the regulator writes it
Make = Callable[..., Any]


def test_a_voucher_of_another_hour_is_held_and_the_others_go_on(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    first, second, third = (make_config(code) for code in CODES)
    telemetry.good(first.point_id)
    assert run() == 1
    theirs = make_voucher(read_scenario("demo").seed, CODES[1], IN_CHILE)
    Receipt.objects.update(voucher=theirs)
    for config in (second, third):
        telemetry.good(config.point_id)
    assert run(LOOK + HOUR) == 2
    held, confirmed = submission_of(second), submission_of(third)
    assert (held.status, held.held_reason) == ("HELD", "voucher_of_another")
    assert confirmed.status == "CONFIRMED"
    assert Receipt.objects.get(voucher=theirs).submission == submission_of(first)
    # What was answered stays with the attempt, for whoever looks at it.
    attempt = Attempt.objects.get(submission=held)
    assert attempt.meaning == "voucher_of_another"
    assert theirs in bytes(attempt.response_body).decode()
    assert Obligation.objects.get(config=second).outcome == "open"
    assert Obligation.objects.get(config=third).outcome == "receipt"
