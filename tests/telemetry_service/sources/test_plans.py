"""What a source asks for: checked before anything is written, compared before anything is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import InvalidInput
from telemetry_service.sources.models import Source
from telemetry_service.sources.plans import Plan, checked, least_period, make_plan, mapped, plan_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def plan(make_provider: Make, make_point: Make) -> Plan:
    return make_plan(
        provider_id=make_provider("tago").id,
        point_id=make_point().id,
        params={"token": "token-000"},
        variables={"caudal": "flow", "total": "total"},
        variable_params={"total": {"token": "token-001"}},
        period_s=3600,
        history_from=None,
    )


def test_a_key_has_what_the_source_has_and_what_is_its_own(plan: Plan) -> None:
    assert plan.params_of("caudal") == {"token": "token-000"}
    assert plan.params_of("total") == {"token": "token-001"}
    assert "token-000" not in repr(plan)
    assert "token-001" not in repr(plan)


def test_a_saved_source_asks_for_what_it_was_made_for(make_source: Make) -> None:
    source = make_source(variable_params={"total": {"token": "token-001"}}, cadence_s=900, fallback_rank=3)
    found = plan_of(Source.objects.select_related("provider").get(id=source.id))
    assert found.params == {"token": "token-000-secreto"}
    assert found.variables == {"caudal": "flow", "total": "total"}
    assert found.overrides == {"total": {"token": "token-001"}}
    assert (found.cadence_s, found.fallback_rank, found.expected) == (900, 3, timedelta(minutes=15))
    assert checked(found) == found
    assert found.is_part_of(found)


@pytest.mark.parametrize(
    ("change", "is_part"),
    [
        ({}, True),
        ({"period_s": 60, "cadence_s": 7, "fallback_rank": 4}, True),
        ({"variables": {"caudal": "flow"}}, True),
        ({"variables": {"caudal": "flow"}, "overrides": {}}, True),
        ({"variables": {"caudal": "level"}}, False),
        ({"variables": {"caudal": "flow", "nivel": "level"}}, False),
        ({"params": {"token": "otro"}}, False),
        ({"overrides": {}}, False),
        ({"overrides": {"caudal": {"token": "x"}, "total": {"token": "token-001"}}}, False),
    ],
)
def test_to_ask_for_less_is_part_of_what_was_asked(plan: Plan, change: dict[str, Any], is_part: bool) -> None:
    assert replace(plan, **change).is_part_of(plan) is is_part


def test_everything_that_is_wrong_is_said_at_once(plan: Plan) -> None:
    wrong = replace(plan, params={"pin": "1"}, overrides={"total": {"pin": "2"}}, phase_s=3600)
    with pytest.raises(InvalidInput) as caught:
        checked(wrong)
    assert [error.field for error in caught.value.errors] == [
        "params.token",
        "params.pin",
        "variables.1.params.pin",
        "phase_s",
    ]
    assert all(error.received in {None, "***", 3600} for error in caught.value.errors)


@pytest.mark.parametrize("field", ["provider", "point"])
def test_neither_an_account_nor_a_point_is_invented(plan: Plan, field: str) -> None:
    ids = {"provider_id": plan.provider.id, "point_id": plan.point_id} | {f"{field}_id": uuid4()}
    with pytest.raises(InvalidInput) as caught:
        make_plan(**ids, params={"token": "x"}, variables={"a": "flow"}, period_s=60, history_from=None)
    assert [error.field for error in caught.value.errors] == [field]


def test_whose_keys_they_are_depends_on_the_token_of_each(plan: Plan) -> None:
    source = uuid4()
    found = mapped(plan, source)
    assert {key: one.variable for key, one in found.items()} == plan.variables
    assert found["caudal"].origin != found["total"].origin
    assert mapped(plan, uuid4()) == found  # not on who asks
    other = replace(plan, overrides={}, params={"token": "token-001"})
    assert mapped(other, source)["total"] == found["total"]


def test_the_pace_that_a_provider_allows(plan: Plan, make_provider: Make) -> None:
    assert least_period(plan) == timedelta(0)
    slow = make_provider("tago", "lenta", limits={"min_period": "PT1H"})
    assert least_period(replace(plan, provider=slow)) == timedelta(hours=1)
    assert checked(replace(plan, provider=slow))
    with pytest.raises(InvalidInput, match="period_s"):
        checked(replace(plan, provider=slow, period_s=3599))
