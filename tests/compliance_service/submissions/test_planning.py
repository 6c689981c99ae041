"""The plan of a work, from its rows, and that the sender keeps to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.obligations.making import make_ahead
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.planning import plans
from compliance_service.submissions.prepare import prepare
from shared import clock as clocks
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import SLOT

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def backlog(regulator: Any, make_config: Make, telemetry: Any) -> Any:
    """Nine hours whose data all came at once."""
    config = make_config(hours=20)
    make_ahead(SLOT)
    for n in range(20):
        telemetry.good(config.point_id, SLOT + n * HOUR, total=1000.0 + n)
    prepare(SLOT + 8 * HOUR + 2 * MINUTE, read=telemetry.read)
    return config


def test_the_sender_does_what_was_planned(backlog: Any, run: Make) -> None:
    now = SLOT + 8 * HOUR + 3 * MINUTE
    (found,) = plans(points=None, now=now)
    assert found.owed == 9
    assert found.sends is not None
    assert found.sends[0].slot_at == SLOT + 8 * HOUR  # the fresh hour
    at = now
    while Receipt.objects.count() < 9 and at < now + 10 * HOUR:
        run(at)
        at += MINUTE
    sent = dict(Receipt.objects.values_list("submission__slot_at", "received_at"))
    assert {one.slot_at: one.at for one in found.sends} == {slot: sent[slot] for slot in sent if slot <= now}
    assert plans(points=None, now=at) == []


def test_the_api_says_when_it_is_over(backlog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = SLOT + 8 * HOUR + 3 * MINUTE
    monkeypatch.setattr(clocks, "now", lambda: now)
    (found,) = api_client(user_token()).get("/api/compliance/plan/").json()["results"]
    assert (found["work_code"], found["owed"], found["late"]) == ("OB-0601-101", 9, 0)
    assert found["summary"] == "al día el lunes 13-05-2024 a las 18:43"
    assert api_client(user_token(points=[])).get("/api/compliance/plan/").json()["results"] == []


def test_it_says_when_to_declare_a_failure(backlog: Any) -> None:
    from compliance_service.obligations.models import Obligation

    now = SLOT + 8 * HOUR + 3 * MINUTE
    Obligation.objects.filter(slot_at__lt=SLOT + 3 * HOUR).update(deadline_at=now + MINUTE)
    (found,) = plans(points=None, now=now)
    assert found.sentence.endswith("; 3 horas pasarán su plazo: declare la falla ahora")
    Obligation.objects.filter(slot_at__lt=SLOT + 2 * HOUR).update(deadline_at=now + HOUR)
    (found,) = plans(points=None, now=now)
    assert found.sentence.endswith("; 1 hora pasará su plazo: declare la falla ahora")
