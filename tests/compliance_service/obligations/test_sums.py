"""The sums close, whatever the period, and equal a recount of every row."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from compliance_service.obligations.making import make_ahead
from compliance_service.obligations.models import Cause, DutyMonth, Obligation
from compliance_service.obligations.operations import Evidence, close_with_receipt, explain
from compliance_service.obligations.sums import Period, Sum, sums, total
from shared.clock import REGULATOR_TIME

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
START = datetime(2024, 1, 20, 4, tzinfo=UTC)
NOW = datetime(2024, 4, 10, 15, 30, tzinfo=UTC)
HOURS = 24 * 90
DAYS = st.dates(date(2024, 1, 1), date(2024, 5, 1))


@pytest.fixture
def work(make_config: Make) -> Any:
    """A work of twelve weeks over five months: some hours ended, some open, some still to come."""
    config = make_config(start=START, hours=HOURS)
    for _ in range(3):
        make_ahead(NOW + timedelta(days=30))
    duties = list(Obligation.objects.filter(config=config).order_by("slot_at").values_list("id", flat=True))
    for duty in duties[::3]:
        close_with_receipt(obligation_id=duty, now=NOW)
    explain(
        config_id=config.id,
        start=START + timedelta(days=5),
        end=START + timedelta(days=12, hours=7),
        cause=Cause.OTHER,
        note="x",
        leave=[],
        by="user:a",
        now=NOW,
    )
    return config


def recount(config: Any, period: Period) -> Sum:
    rows = Obligation.objects.filter(config=config, slot_at__gte=period.start, slot_at__lt=period.end)
    found = Sum()
    for outcome, deadline in rows.values_list("outcome", "deadline_at"):
        found.due += 1
        found.receipts += outcome == "receipt"
        found.explained += outcome == "explained"
        found.open += outcome == "open" and deadline >= NOW
        found.overdue += outcome == "open" and deadline < NOW
    return found


def asked(config: Any, period: Period) -> Sum:
    return total(sums(configs=[config.id], period=period, now=NOW).get(config.id, {}))


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.tuples(DAYS, DAYS).map(sorted))
def test_any_period_closes_and_equals_a_recount(work: Any, days: list[date]) -> None:
    period = Period.of_days(*days, now=NOW)
    found = asked(work, period)
    assert found == recount(work, period)
    assert found.closes


def test_what_is_not_due_yet_is_not_in_the_book(work: Any) -> None:
    period = Period.of_days(None, None, now=NOW)
    found = asked(work, period)
    assert found == recount(work, Period(START, NOW))
    assert found.due < Obligation.objects.count()


def test_the_hour_that_begins_now_is_due(make_config: Make) -> None:
    config = make_config(start=START, hours=3)
    period = Period.of_days(None, None, now=START + timedelta(hours=1))
    assert asked(config, period).due == 2


def test_a_month_is_the_regulators(make_config: Make) -> None:
    """The last hour of January in UTC-4 is in February in UTC."""
    config = make_config(start=datetime(2024, 2, 1, 3, tzinfo=UTC), hours=2)
    found = sums(configs=None, period=Period.of_days(None, None, now=NOW), now=NOW)[config.id]
    assert {month: one.due for month, one in found.items()} == {date(2024, 1, 1): 1, date(2024, 2, 1): 1}


YEAR = datetime(2024, 1, 1, 4, tzinfo=UTC), datetime(2025, 1, 1, 4, tzinfo=UTC)
LEAP = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@pytest.fixture
def leap_year(make_config: Make) -> Any:
    """The hours of 2024 in UTC-4, all of them due."""
    start, end = YEAR
    config = make_config(start=start, end_date=end)
    make_ahead(end)
    return config


def in_2024(config: Any, first: date | None, last: date | None) -> int:
    return asked(config, Period.of_days(first, last, now=YEAR[1])).due


def test_a_leap_year_has_its_hours_month_by_month(leap_year: Any) -> None:
    months = sums(configs=[leap_year.id], period=Period.of_days(None, None, now=YEAR[1]), now=YEAR[1])[leap_year.id]
    assert {month: one.due for month, one in months.items()} == {
        date(2024, month, 1): 24 * days for month, days in enumerate(LEAP, start=1)
    }
    assert all(one.closes for one in months.values())


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 1, 1),
        date(2024, 2, 29),  # the day that most years do not have
        date(2024, 4, 6),  # 25 hours long in Chile
        date(2024, 4, 7),
        date(2024, 9, 7),
        date(2024, 9, 8),  # 23 hours long in Chile
        date(2024, 12, 31),
    ],
)
def test_every_day_of_the_book_has_24_hours(leap_year: Any, day: date) -> None:
    assert in_2024(leap_year, day, day) == 24


def test_the_last_hour_of_a_year_is_that_years(leap_year: Any) -> None:
    assert in_2024(leap_year, date(2024, 12, 31), None) == 24
    assert in_2024(leap_year, date(2025, 1, 1), None) == 0
    assert in_2024(leap_year, None, date(2023, 12, 31)) == 0
    assert Obligation.objects.order_by("-slot_at")[0].slot_at == YEAR[1] - timedelta(hours=1)


@pytest.mark.parametrize(("standard", "count"), [("MEDIO", 366), ("MENOR", 12), ("CAUDALES_MUY_PEQUENOS", 2)])
def test_slower_standards_have_their_days_of_a_leap_year(make_config: Make, standard: str, count: int) -> None:
    start, end = YEAR
    config = make_config(start=start, end_date=end, standard=standard)
    make_ahead(end)
    assert in_2024(config, date(2024, 1, 1), date(2024, 12, 31)) == count


def recounted() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT config_id, date_trunc('month', slot_at AT TIME ZONE INTERVAL '-04:00')::date, count(*),"
            " count(*) FILTER (WHERE outcome = 'receipt'), count(*) FILTER (WHERE outcome = 'explained')"
            " FROM obligation GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def kept() -> list[tuple[Any, ...]]:
    rows = DutyMonth.objects.order_by("config_id", "month").filter(due__gt=0)
    return list(rows.values_list("config_id", "month", "due", "receipts", "explained"))


def test_what_is_kept_is_a_recount_whatever_is_done_by_hand(work: Any) -> None:
    assert kept() == recounted()
    some = Obligation.objects.filter(config=work).order_by("slot_at")
    Obligation.objects.filter(id__in=[row.id for row in some[:30]]).delete()
    for row in some[:1]:
        Obligation.objects.filter(id=row.id).update(slot_at=START - timedelta(days=40), due_at=NOW, deadline_at=NOW)
    Obligation.objects.filter(outcome="receipt").update(outcome="open", closed_at=None)
    assert kept() == recounted()


def test_summing_years_reads_months_not_hours(work: Any) -> None:
    """The plan of what is summed over all time touches no ended hour but those of the month that runs."""
    period = Period.of_days(None, None, now=NOW)
    cut_1, cut_2 = period.whole_months()
    assert (cut_1.year, cut_2.astimezone(REGULATOR_TIME)) == (1900, datetime(2024, 4, 1, tzinfo=REGULATOR_TIME))


def test_an_explanation_keeps_what_it_rests_on(make_config: Make) -> None:
    config = make_config(start=START, hours=1)
    duty = Obligation.objects.get()
    given = ({"kind": "document", "reference": "informe 12", "sha256": "0" * 64},)
    evidence = Evidence(given, {duty.id: {"submission": None, "held_reason": "suspect"}})
    said = {"cause": Cause.OTHER, "note": "x", "leave": [], "by": "user:a", "now": NOW, "evidence": evidence}
    explain(config_id=config.id, start=START, end=NOW, **said)
    duty.refresh_from_db()
    assert duty.evidence["given"] == list(given)
    assert duty.evidence["found"] == {"waiting_for": "", "submission": None, "held_reason": "suspect"}
    with pytest.raises(IntegrityError, match="obligation_explained_with_evidence"), transaction.atomic():
        Obligation.objects.update(evidence={})


@pytest.mark.parametrize(
    ("name", "changes"), [("obligation_month_closes", {"receipts": 99999}), ("obligation_month_once", {"month": START})]
)
def test_the_database_states_what_a_month_is(work: Any, name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        DutyMonth.objects.update(**changes)
