"""Every named constraint of collect, refused by the database itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.collect.models import Attempt
from telemetry_service.sources.models import Source, State

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("source_period_of_a_minute_or_more", {"period_s": 59}),
        ("source_state_known", {"state": "paused", "stop_reason": ""}),
        ("source_stopped_says_why", {"state": State.STOPPED, "stop_reason": ""}),
        ("source_stopped_says_why", {"state": State.ACTIVE, "stop_reason": "algo"}),
        ("source_failures_counted", {"failures": -1}),
        ("source_cadence_of_a_second_or_more", {"cadence_s": 0}),
        ("source_asks_no_more_than_allowed", {"least_period_s": 3601}),
        ("source_asks_no_more_than_allowed", {"least_period_s": -1}),
        ("source_fallback_rank_of_0_to_99", {"fallback_rank": 100}),
    ],
)
def test_sources(make_source: Make, name: str, values: dict[str, Any]) -> None:
    source = make_source()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Source.objects.filter(id=source.id).update(**values)
    assert name in str(caught.value) or name == "source_state_known"


def test_a_poll_cannot_store_more_than_came(make_source: Make, now: Any) -> None:
    said = {"started_at": now, "duration_ms": 1, "requests": 1, "outcome": "ok", "readings": 1, "new": 2}
    with pytest.raises(IntegrityError, match="attempt_new_are_of_readings"), transaction.atomic():
        Attempt.objects.create(source=make_source(), **said)
