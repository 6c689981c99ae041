"""Making, closing and listing do not grow with history: the rows that each query touches, counted by the database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance_service.obligations.making import make_ahead
from compliance_service.obligations.operations import close_with_receipt
from compliance_service.obligations.queries import summary
from compliance_service.review.queries import Wanted, queue
from compliance_service.submissions.queries import duties_to_look_at, next_wake, sendable
from tests.compliance_service.conftest import SLOT
from tests.compliance_service.history import make_history

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOW = datetime(2024, 5, 20, 14, 10, tzinfo=UTC)
BIG = ("obligation", "compliance_data")


def touched(act: Callable[[], object]) -> int:
    """Rows of the large tables that the statements of `act` read."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    count = 0
    for query in captured.captured_queries:
        said = query["sql"]
        if said.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE")):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + said.replace("%", "%%"), [])
                (plan,) = cursor.fetchone()
            count += _rows((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])
    return count


def _rows(node: dict[str, Any]) -> int:
    own = 0
    if node.get("Relation Name") in BIG:
        own = int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
    return own + sum(_rows(child) for child in node.get("Plans", []))


ACTS: dict[str, Callable[[Any], object]] = {
    "looking for what to send": lambda _: sendable(now=NOW, room={"DGA": 200}),
    "when to wake": lambda _: next_wake(NOW),
    "looking for data": lambda _: duties_to_look_at(now=NOW, limit=2000),
    "summing everything": lambda _: summary(points=None, now=NOW),
    "the review queue": lambda _: queue(Wanted(None), after=None, limit=100),
    "making": lambda _: make_ahead(NOW + timedelta(days=1)),
    "closing": lambda duty: close_with_receipt(obligation_id=duty, now=NOW),
}


@pytest.mark.parametrize("name", list(ACTS))
def test_ten_times_the_history_touches_the_same_rows(make_config: Make, name: str) -> None:
    config = make_config(start=SLOT, end_date=None)
    duty = make_history(config, ended=400, until=SLOT, now=NOW)
    before = touched(lambda: ACTS[name](duty))
    duty = make_history(config, ended=8_000, until=SLOT - timedelta(hours=400), now=NOW)
    assert touched(lambda: ACTS[name](duty)) <= before + 20
