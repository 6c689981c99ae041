"""Quality tests of virtual variables and composite works, by the thresholds that held at the time."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.testing import api_client, user_token
from telemetry_service.measurements.quality import Quality
from telemetry_service.measurements.queries import units_in
from telemetry_service.points.models import PointConfig
from telemetry_service.process.derived import judge_of
from telemetry_service.virtual.align import EMPTY, joined
from telemetry_service.virtual.definitions import Series
from telemetry_service.virtual.operations import process_derived
from telemetry_service.virtual.queries import rows_of
from telemetry_service.virtual.trial import would_be

from .conftest import NOW, START

pytestmark = pytest.mark.django_db
DRAWDOWN = {"drawdown": {"formula": "water_table - static", "unit": "m"}}
BASE: dict[str, Any] = {"constants": {"static": 10}, "virtual_variables": DRAWDOWN}
RANGE = {"quality": {"drawdown": {"gross_range": {"suspect": [0, 5], "fail": [-1, 20]}}}}
SPIKE = {"quality": {"drawdown": {"spike": {"suspect": 2, "within_s": 7200}}}}


def make() -> int:
    return process_derived(NOW, judges=judge_of)


@pytest.fixture
def levels(arrive: Callable[..., int]) -> Callable[..., None]:
    """Of the water table, one an hour; a drawdown of `value`."""

    def put(point: UUID, *values: float, first: int = 0) -> None:
        arrive([(point, "water_table", (first + hour) * 60, 10 + value, 1) for hour, value in enumerate(values)])

    return put


def test_nothing_is_tested_that_nobody_named(configured: Any, levels: Any, stored: Any) -> None:
    point = configured(BASE)
    levels(point, 1, -500, 4000)
    make()
    assert [row[2:] for row in stored(point, "drawdown")] == [(1,), (1,), (1,)]


def test_a_range_of_its_own(configured: Any, levels: Any, stored: Any) -> None:
    point = configured(BASE | RANGE)
    levels(point, 1, 6, 30)
    make()
    assert stored(point, "drawdown") == [
        (0, 1.0, 1),
        (60, 6.0, 3, "unusual_value"),
        (120, 30.0, 4, "out_of_range"),
    ]


def test_limits_of_its_own(configured: Any, levels: Any, stored: Any) -> None:
    point = configured(BASE | {"limits": {"drawdown": [0, 5]}})
    levels(point, 5, 5.5)
    make()
    assert stored(point, "drawdown") == [(0, 5.0, 1), (60, 5.5, 4, "out_of_range")]


def test_a_spike_looks_at_what_lies_around(configured: Any, levels: Any, stored: Any) -> None:
    point = configured(BASE | SPIKE)
    levels(point, 1, 1, 9, 1, 1)
    make()
    assert [row[2:] for row in stored(point, "drawdown")] == [(1,), (1,), (3, "spike"), (1,), (1,)]


def test_a_late_row_judges_its_neighbours_anew(configured: Any, levels: Any, stored: Any) -> None:
    """Without what comes after it nobody knows whether it is a spike."""
    point = configured(BASE | SPIKE)
    levels(point, 1, 1, 9)
    make()
    assert [row[2:] for row in stored(point, "drawdown")] == [(1,), (1,), (1,)]
    levels(point, 1, 1, first=3)
    make()
    assert [row[2:] for row in stored(point, "drawdown")][2] == (3, "spike")


def test_thresholds_have_dates(configured: Any, levels: Any, stored: Any) -> None:
    point = configured(BASE, m120=BASE | RANGE, m240=BASE)
    levels(point, 30, 30, 30, 30, 30)
    make()
    assert [row[2] for row in stored(point, "drawdown")] == [1, 1, 4, 4, 1]


def test_what_is_made_of_what_is_doubted_is_doubtful(configured: Any, arrive: Any, levels: Any, stored: Any) -> None:
    formula = {"double": {"formula": "drawdown * 2", "unit": "m"}}
    config = BASE | RANGE | {"virtual_variables": DRAWDOWN | formula}
    point = configured(config)
    levels(point, 1, 6)
    make()
    assert stored(point, "double") == [(0, 2.0, 1), (60, 12.0, 3, "unusual_value")]


def test_a_composite_work_has_thresholds_of_its_own(configured: Any, arrive: Any, stored: Any) -> None:
    wells = [configured({}, code=f"POZO-{index}") for index in range(2)]
    members = {"members": [{"point": str(one)} for one in wells]}
    composite = {"composite": {"flow": members}, "quality": {"flow": {"gross_range": {"suspect": [0, 30]}}}}
    work = configured(composite, code="OBRA")
    arrive([(well, "flow", minute, value, 1) for well in wells for minute, value in ((0, 10.0), (60, 20.0))])
    make()
    assert stored(work, "flow") == [(0, 20.0, 1), (60, 40.0, 3, "unusual_value")]
    assert [row[2] for row in stored(wells[0], "flow")] == [1, 1]


def test_changed_thresholds_are_applied_to_what_is_there(configured: Any, levels: Any, stored: Any) -> None:
    from telemetry_service.points.models import PointConfig

    point = configured(BASE)
    levels(point, 1, 6)
    make()
    PointConfig.objects.filter(point_id=point).update(config=BASE | RANGE)
    assert make() == 1
    assert [row[2] for row in stored(point, "drawdown")] == [1, 3]
    assert make() == 0


def test_what_is_missing_stays_missing(configured: Any, arrive: Any, levels: Any, stored: Any) -> None:
    formula = {"capacity": {"formula": "flow / drawdown", "unit": "L/s/m"}}
    quality = {"quality": {"capacity": {"gross_range": {"fail": [0, 1]}, "flat_line": {"suspect_s": 3600}}}}
    point = configured(BASE | quality | {"virtual_variables": DRAWDOWN | formula})
    levels(point, 0, 2)
    arrive([(point, "flow", minute, 4.0, 1) for minute in (0, 60)])
    make()
    zero, two = stored(point, "capacity")
    assert zero == (0, None, 9, "division_by_zero")
    assert two[1:] == (2.0, 4, "out_of_range")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_order_of_arrival_ends_in_what_a_full_pass_gives(
    seed: int, make_point: Any, arrive: Any, everything: Any
) -> None:
    from django.db import connection

    from telemetry_service.measurements.store import DERIVED, rebuild
    from telemetry_service.points.models import PointConfig
    from telemetry_service.virtual.models import DerivedBacklog, DerivedInput, SeenDerived

    for model in (DerivedBacklog, DerivedInput, SeenDerived, PointConfig):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM measurement; DELETE FROM measurement_latest")
        cursor.execute("DELETE FROM measurement_hourly; DELETE FROM measurement_daily")
    chance = random.Random(seed)
    point = make_point(f"P-{seed}-{chance.random()}").id
    quality = {"drawdown": {"spike": {"suspect": 2, "within_s": 7200}, "flat_line": {"suspect_s": 7200}}}
    PointConfig.objects.create(point_id=point, version=1, valid_from=None, config=BASE | {"quality": quality})
    rows = [
        (point, "water_table", hour * 60, 10 + chance.choice([1, 1, 1, 9]), int(Quality.GOOD)) for hour in range(24)
    ]
    chance.shuffle(rows)
    while rows:
        some, rows = rows[: (count := chance.randint(1, 6))], rows[count:]
        arrive(some)
        if chance.random() < 0.6:
            make()
    make()
    step_by_step = everything()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM measurement WHERE source_id = %s", [DERIVED])
    rebuild(point_id=point)
    SeenDerived.objects.all().delete()
    make()
    assert everything() == step_by_step


TESTS = st.fixed_dictionaries(
    {},
    optional={
        "gross_range": st.sampled_from([{"suspect": [0, 5]}, {"suspect": [0, 5], "fail": [-1, 8]}, False]),
        "spike": st.sampled_from([{"suspect": 2, "within_s": 7200}, {"suspect": 1, "fail": 4, "within_s": 10_800}]),
        "rate_of_change": st.just({"suspect_per_h": 3}),
        "flat_line": st.just({"suspect_s": 7200}),
        "gap": st.just({"suspect_s": 5400}),
    },
)


def test_what_a_trial_shows_is_what_is_stored_once_it_is_switched_on(
    configured: Any, levels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the thresholds that the body gives, and by those that the configuration has."""
    now = START + timedelta(hours=40)
    monkeypatch.setattr("telemetry_service.virtual.api.clock.now", lambda: now)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(TESTS, st.none() | st.just([-1.0, 7.0]), st.lists(st.integers(0, 9), min_size=5, max_size=30))
    def check(tests: dict[str, Any], limits: list[float] | None, values: list[int]) -> None:
        units_in.cache_clear()
        point = configured({"constants": {"static": 10}}, code=f"P-{uuid4().hex[:8]}")
        levels(point, *values)
        said = {"quality": tests} | ({"limits": limits} if limits else {})
        would = tried(point, **said)
        named = {name: {"drawdown": one} for name, one in said.items()}
        PointConfig.objects.filter(point_id=point).update(config=BASE | named)
        make()
        made = joined(*rows_of([Series(point, "drawdown")], start=START, end=now)[Series(point, "drawdown")])
        stored = would_be(made, EMPTY)
        assert (would["good"], would["reasons"], would["missing"]) == (stored.good, stored.reasons, stored.missing)
        assert [(one["value"], one["quality"]) for one in would["examples"]] == [
            (one.value, one.quality) for one in stored.examples
        ]
        again = tried(point)
        assert (again["reasons"], again["now"], again["changed"]) == (stored.reasons, len(made), 0)

    check()


def tried(point: UUID, **said: Any) -> Any:
    body = {"point": str(point), "variable": "drawdown", "definition": DRAWDOWN["drawdown"], "days": 2} | said
    answer = api_client(user_token()).post("/api/telemetry/formulas/try/", body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quality": {"spikes": {}}}, "quality.spikes"),
        ({"quality": {"spike": {"suspect": -1}}}, "quality.spike.suspect"),
        ({"quality": {"spike": {}}}, "quality.spike.suspect"),  # this kind of variable has none of its own
        ({"limits": [5, 0]}, "limits"),
        ({"limits": [5]}, "limits"),
    ],
)
def test_thresholds_that_cannot_be_are_named(configured: Any, wrong: dict[str, Any], field: str) -> None:
    point = configured({"constants": {"static": 10}})
    units_in.cache_clear()
    body = {"point": str(point), "variable": "drawdown", "definition": DRAWDOWN["drawdown"]} | wrong
    answer = api_client(user_token()).post("/api/telemetry/formulas/try/", body, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
