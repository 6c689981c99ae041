from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.obligations.making import HORIZON, MARGIN, make_ahead
from compliance_service.obligations.models import Cause, ComplianceConfig, Obligation
from compliance_service.obligations.operations import close_with_receipt, explain
from compliance_service.obligations.queries import summary
from shared.errors import Conflict
from tests.compliance_service.conftest import LOOK, SLOT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def slots_of(config: Any) -> list[Any]:
    return list(Obligation.objects.filter(config=config).order_by("slot_at").values_list("slot_at", flat=True))


def test_duties_exist_before_their_hour(make_config: Callable[..., Any]) -> None:
    config = make_config(end_date=None)
    assert slots_of(config)[0] == SLOT
    assert slots_of(config)[-1] > LOOK + HORIZON - HOUR


def test_made_again_they_are_the_same_and_go_on_with_time(make_config: Callable[..., Any]) -> None:
    config = make_config(end_date=None)
    before = slots_of(config)
    assert make_ahead(LOOK) == 0
    assert make_ahead(LOOK + 2 * HOUR) == 0
    later_on = LOOK + MARGIN + HOUR
    assert make_ahead(later_on) == 13
    after = slots_of(config)
    assert after[: len(before)] == before
    assert all(later - earlier == HOUR for earlier, later in pairwise(after))
    assert after[-1] > later_on + HORIZON - HOUR


def test_no_duty_lies_past_the_end(make_config: Callable[..., Any]) -> None:
    config = make_config(hours=3)
    make_ahead(LOOK + timedelta(days=10))
    assert slots_of(config) == [SLOT, SLOT + HOUR, SLOT + 2 * HOUR]


def test_the_deadline_is_the_standards(make_config: Callable[..., Any]) -> None:
    duty = Obligation.objects.get(config=make_config())
    assert (duty.due_at - SLOT, duty.deadline_at - SLOT) == (HOUR, timedelta(days=7))


def test_a_work_has_one_configuration_of_a_source(make_config: Callable[..., Any]) -> None:
    make_config()
    with pytest.raises(Conflict):
        make_config()


def explained(config: Any, *, leave: tuple[int, ...] = (), hours: int = 2) -> list[str]:
    verdicts = explain(
        config_id=config.id,
        start=SLOT,
        end=SLOT + hours * HOUR,
        cause=Cause.LOGGER_FAILURE,
        note="sin batería",
        leave=leave,
        by="user:ops@example.cl",
        now=SLOT + 3 * HOUR,
    )
    return [verdict for _, verdict in verdicts]


def test_each_hour_gets_its_verdict(make_config: Callable[..., Any]) -> None:
    config = make_config(hours=5)
    first, second, third, *_ = Obligation.objects.order_by("slot_at")
    close_with_receipt(obligation_id=first.id, now=LOOK)
    verdicts = explained(config, leave=(second.id,), hours=5)
    assert verdicts == ["already_receipt", "being_sent", "explained", "explained", "not_due_yet"]
    third.refresh_from_db()
    assert (third.cause, third.note, third.explained_by) == ("logger_failure", "sin batería", "user:ops@example.cl")


def test_explained_twice_keeps_the_first_explanation(make_config: Callable[..., Any]) -> None:
    config = make_config(hours=2)
    explained(config)
    assert explained(config) == ["already_explained"] * 2


def test_the_sums_close(make_config: Callable[..., Any]) -> None:
    config = make_config(hours=6)
    duties = list(Obligation.objects.order_by("slot_at"))
    close_with_receipt(obligation_id=duties[0].id, now=LOOK)
    explained(config, hours=2)
    (line,) = summary(points=None, now=SLOT + 4 * HOUR)
    assert (line["due"], line["receipts"], line["explained"], line["open"]["no_data"]) == (5, 1, 1, 3)
    assert line["due"] == line["receipts"] + line["explained"] + line["open"]["total"]
    assert summary(points=None, now=SLOT + timedelta(days=8))[0]["overdue"] == 4


def test_a_point_that_is_not_ones_own_is_not_summed(make_config: Callable[..., Any]) -> None:
    make_config()
    assert summary(points=[], now=LOOK) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("obligation_outcome_known", {"outcome": "lost", "closed_at": LOOK, "next_look_at": None}),
        ("obligation_closed_when_ended", {"outcome": "receipt", "next_look_at": None}),
        ("obligation_explained_by_whom_and_why", {"outcome": "explained", "closed_at": LOOK, "next_look_at": None}),
        ("obligation_ended_is_not_looked_at", {"outcome": "receipt", "closed_at": LOOK}),
        ("obligation_times_in_order", {"deadline_at": SLOT}),
        ("obligation_slot_once", {"slot_at": SLOT + HOUR, "due_at": SLOT + 2 * HOUR}),
    ],
)
def test_the_database_states_what_must_be_true(
    make_config: Callable[..., Any], name: str, changes: dict[str, Any]
) -> None:
    make_config(hours=2)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Obligation.objects.filter(slot_at=SLOT).update(**changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("compliance_config_ends_after_start", {"end_date": SLOT}),
        ("compliance_config_stop_has_reason", {"stopped_at": LOOK}),
        ("compliance_config_work_once", {"work_code": "OB-0601-102"}),
    ],
)
def test_a_configuration_makes_sense(make_config: Callable[..., Any], name: str, changes: dict[str, Any]) -> None:
    config = make_config()
    make_config("OB-0601-102")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ComplianceConfig.objects.filter(id=config.id).update(**changes)


def test_a_point_is_reported_to_a_source_once(make_config: Callable[..., Any]) -> None:
    first, second = make_config(), make_config("OB-0601-102")
    with pytest.raises(IntegrityError, match="compliance_config_point_once"), transaction.atomic():
        ComplianceConfig.objects.filter(id=second.id).update(point_id=first.point_id)


def test_the_password_is_stored_encrypted(make_config: Callable[..., Any], django_assert_num_queries: Any) -> None:
    from django.db import connection

    config = make_config()
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM compliance_config")
        ((stored,),) = cursor.fetchall()
    assert config.password not in stored
    assert ComplianceConfig.objects.get().password == config.password
