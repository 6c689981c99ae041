"""A day of `bench year`, with faults: every duty ends, nothing is sent twice, the book closes, the ledger verifies."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from compliance_service.ledger.check import check
from compliance_service.ledger.queries import head
from compliance_service.obligations.sums import Period, sums, total
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt
from tests.benchmarks.campaign.days import pass_hours
from tests.compliance_service.conftest import Clock, Regulator

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WORKS = ("OB-0601-101", "OB-0601-102", "OB-0601-103")
# The night of 6 to 7 April 2024 has 25 hours in Chile, and 24 in the regulator's time.
START = datetime(2024, 4, 6, 16, tzinfo=UTC)
HOURS = 24


def test_a_day_with_faults_and_a_change_of_clocks(make_config: Make, regulator: Regulator, clock: Clock) -> None:
    for code in WORKS:
        make_config(code, start=START, hours=HOURS)
    first = {"rate": 0.2, "first_attempts": 1}
    regulator.faults(
        timeout_after_storing=first, html_502=first, empty_body=first, html_403={"rate": 0.1, "first_attempts": 1}
    )

    def tell(at: datetime) -> None:
        clock.at = at

    *_, end = pass_hours(START, HOURS + 50, tell=tell)
    found = {config: total(months) for config, months in sums(configs=None, period=Period(START, end), now=end).items()}
    assert [(one.due, one.receipts, one.closes) for one in found.values()] == [(HOURS, HOURS, True)] * len(WORKS)
    records = regulator.records()
    assert len(records) == HOURS * len(WORKS)
    assert {record["voucher"] for record in records} == set(Receipt.objects.values_list("voucher", flat=True))
    assert Receipt.objects.filter(by_duplicate=True).exists()  # answers that were lost, and found again
    assert sent_after_acceptance() == []
    assert check(1, head()[0].seq).problems == []


def sent_after_acceptance() -> list[Any]:
    rows = Attempt.objects.order_by("submission_id", "number").values_list("submission_id", "meaning", "started_at")
    accepted: Counter[Any] = Counter()
    again = []
    for submission, meaning, _ in rows:
        if accepted[submission]:
            again.append(submission)
        accepted[submission] += meaning in {"accepted", "duplicate"}
    return again


def test_the_rules_of_pacing_hold_throughout(make_config: Make, regulator: Regulator, clock: Clock) -> None:
    for code in WORKS:
        make_config(code, start=START, hours=6)
    regulator.faults(html_502={"rate": 0.5, "first_attempts": 1})

    def tell(at: datetime) -> None:
        clock.at = at

    for _ in pass_hours(START, 32, tell=tell):
        pass
    times = sorted(Attempt.objects.values_list("started_at", flat=True))
    assert min(later - earlier for earlier, later in pairwise(times)) >= timedelta(seconds=1)
    retries = Attempt.objects.filter(number=2).select_related("submission")
    assert retries.exists()
    for retry in retries:
        before = Attempt.objects.get(submission=retry.submission, number=1)
        assert retry.started_at - before.started_at >= timedelta(days=1)
