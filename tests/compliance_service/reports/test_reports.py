from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.obligations.models import Obligation
from compliance_service.obligations.operations import close_with_receipt
from compliance_service.reports.health import check_health
from compliance_service.reports.models import DailyReport
from compliance_service.reports.operations import make_daily_reports
from tests.compliance_service.conftest import LOOK

pytestmark = pytest.mark.django_db
# Seven in the morning in Chile, in May (UTC-4) and in January (UTC-3).
SEVEN = datetime(2024, 5, 14, 11, tzinfo=UTC)


def test_yesterdays_report_is_made_at_seven_and_once(make_config: Callable[..., Any]) -> None:
    make_config(hours=30)
    close_with_receipt(obligation_id=Obligation.objects.order_by("slot_at")[0].id, now=LOOK)
    assert make_daily_reports(SEVEN - timedelta(minutes=1)) == 0
    assert (make_daily_reports(SEVEN), make_daily_reports(SEVEN + timedelta(hours=1))) == (1, 0)
    report = DailyReport.objects.get()
    # From 10:00 to midnight, UTC-4: fourteen hours.
    assert (report.date, report.due, report.receipts, report.open) == (date(2024, 5, 13), 14, 1, 13)


def test_in_summer_seven_in_chile_is_an_hour_earlier(make_config: Callable[..., Any]) -> None:
    make_config(start=datetime(2024, 1, 13, 14, tzinfo=UTC), hours=30)
    seven = datetime(2024, 1, 14, 10, tzinfo=UTC)
    assert (make_daily_reports(seven - timedelta(minutes=1)), make_daily_reports(seven)) == (0, 1)


def test_a_report_that_does_not_close_cannot_be_stored(make_config: Callable[..., Any]) -> None:
    make_config(hours=30)
    make_daily_reports(SEVEN)
    with pytest.raises(IntegrityError, match="daily_report_closes"), transaction.atomic():
        DailyReport.objects.update(receipts=99)
    report = DailyReport.objects.get()
    report.pk = None
    with pytest.raises(IntegrityError, match="daily_report_once"), transaction.atomic():
        report.save(force_insert=True)


def test_health_counts_what_is_overdue(make_config: Callable[..., Any]) -> None:
    make_config(hours=2)
    assert check_health(LOOK) == 0
    assert check_health(LOOK + timedelta(days=8)) == 2
