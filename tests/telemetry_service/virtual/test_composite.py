"""Composite works: the sum or difference of several points, with a policy for a member that is missing."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.points.models import PointConfig
from telemetry_service.virtual import operations
from telemetry_service.virtual.models import DerivedBacklog
from telemetry_service.virtual.operations import process_derived

from .conftest import MINUTE, NOW, START

pytestmark = pytest.mark.django_db


def composite(*members: UUID, variable: str = "flow", minus: UUID | None = None, **more: Any) -> dict[str, Any]:
    said: list[dict[str, Any]] = [{"point": str(one)} for one in members]
    if minus:
        said.append({"point": str(minus), "sign": "-"})
    return {"composite": {variable: {"members": said, **more}}}


@pytest.fixture
def wells(configured: Any) -> list[UUID]:
    return [configured({}, code=f"POZO-{index}") for index in range(3)]


def test_a_sum_and_a_difference(configured: Any, arrive: Any, stored: Any, wells: list[UUID]) -> None:
    work = configured(composite(*wells[:2], minus=wells[2]), code="OBRA")
    arrive([(well, "flow", 0, value, 1) for well, value in zip(wells, [10.0, 5.0, 2.0], strict=True)])
    assert process_derived(NOW) == 1
    assert stored(work, "flow") == [(0, 13.0, 1)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"missing": "refuse"}, [(0, 6.0, 1)]),
        ({"missing": "explain"}, [(0, 6.0, 1), (1, None, 9, "missing_input"), (5, None, 9, "missing_input")]),
        (
            {"missing": "hold", "hold_s": 120},
            [(0, 6.0, 1), (1, 6.0, 3, "held_input"), (5, None, 9, "missing_input")],
        ),
    ],
)
def test_a_missing_member(
    configured: Any, arrive: Any, stored: Any, wells: list[UUID], policy: dict[str, Any], expected: list[Any]
) -> None:
    work = configured(composite(*wells, **policy), code="OBRA")
    arrive([(well, "flow", 0, 2.0, 1) for well in wells])
    arrive([(well, "flow", minute, 2.0, 1) for well in wells[:2] for minute in (1, 5)])
    process_derived(NOW)
    assert stored(work, "flow") == expected


def test_a_bad_member_makes_a_bad_sum(configured: Any, arrive: Any, stored: Any, wells: list[UUID]) -> None:
    work = configured(composite(*wells), code="OBRA")
    arrive([(well, "flow", 0, 2.0, quality) for well, quality in zip(wells, (1, 4, 1), strict=True)])
    process_derived(NOW)
    assert stored(work, "flow") == [(0, 6.0, 4)]


def test_a_work_of_works_and_a_formula_over_it(configured: Any, arrive: Any, stored: Any, wells: list[UUID]) -> None:
    inner = configured(composite(*wells[:2]), code="SECTOR")
    formula = {"virtual_variables": {"flow_m3_h": {"formula": "flow * 3.6", "unit": "m3/h"}}}
    work = configured(composite(inner, wells[2]) | formula, code="OBRA")
    arrive([(well, "flow", 0, 10.0, 1) for well in wells])
    process_derived(NOW)
    assert (stored(inner, "flow"), stored(work, "flow")) == ([(0, 20.0, 1)], [(0, 30.0, 1)])
    assert stored(work, "flow_m3_h") == [(0, 108.0, 1)]
    arrive([(wells[0], "flow", 0, 12.0, 1)])
    process_derived(NOW + MINUTE)
    assert stored(work, "flow_m3_h") == [(0, 115.2, 1)]


def test_works_that_are_made_of_each_other_are_not_made(configured: Any, arrive: Any, stored: Any) -> None:
    """Core refuses them; whatever comes all the same must come to an end."""
    one, other = configured({}, code="A"), configured({}, code="B")
    well = configured({}, code="POZO")
    PointConfig.objects.filter(point_id=one).update(config=composite(other, well))
    PointConfig.objects.filter(point_id=other).update(config=composite(one, well))
    arrive([(well, "flow", 0, 1.0, 1)])
    process_derived(NOW)
    arrive([(well, "flow", 0, 2.0, 1)])
    process_derived(NOW + MINUTE)
    assert not DerivedBacklog.objects.exists()


def test_the_truth_of_a_shuffled_month(
    configured: Any, arrive: Any, everything: Any, again: Any, stored: Any, wells: list[UUID]
) -> None:
    """Thirty days of three wells, in shuffled batches with repeats: the sum of what they drew, and a full recompute."""
    work = configured(composite(*wells, variable="volume"), code="OBRA")
    rng = random.Random(11)
    rows = [(well, "volume", hour * 60, float(hour * (index + 1)), 1) for index, well in enumerate(wells)
            for hour in range(24 * 30)]  # fmt: skip
    shuffled = rng.sample(rows, len(rows)) + rng.sample(rows, len(rows) // 20)
    for first in range(0, len(shuffled), 300):
        batch = {row[:3]: row for row in shuffled[first : first + 300]}
        arrive(list(batch.values()))
        process_derived(NOW)
    assert [row[:3] for row in stored(work, "volume")] == [(hour * 60, hour * 6.0, 1) for hour in range(24 * 30)]
    incremental = everything()
    again()
    assert everything() == incremental


MINUTES = st.integers(0, 400)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        MINUTES,
        st.none() | st.integers(-5, 50).map(float),
        st.sampled_from([1, 2, 3, 4]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: row[:2],
)
POLICIES = st.fixed_dictionaries(
    {
        "missing": st.sampled_from(["refuse", "hold", "explain"]),
        "hold_s": st.integers(0, 90).map(lambda minutes: minutes * 60),
        "tolerance_s": st.integers(0, 10).map(lambda minutes: minutes * 60),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=ROWS, other=POLICIES, later=POLICIES, change=MINUTES, data=st.data())
def test_any_order_of_arrival_gives_what_a_full_recompute_gives(
    rows: Any, other: Any, later: Any, change: int, data: st.DataObject,
    make_point: Any, arrive: Any, everything: Any, again: Any,
) -> None:  # fmt: skip
    """Late, shuffled and corrected members of a work whose policy changes, and a formula over it that holds, too."""
    with transaction.atomic():
        wells = [make_point(str(uuid4())).id for _ in range(3)]
        work = make_point(str(uuid4()))
        formula = {"virtual_variables": {"ratio": {"formula": "flow / level", "unit": "x", **later}}}
        sums = composite(*wells[:2], **other)
        levels = composite(wells[2], variable="level")
        levels["composite"]["level"]["members"][0]["variable"] = "flow"
        for version, (since, policy) in enumerate([(None, other), (START + change * MINUTE, later)], 1):
            both = {"composite": {"flow": sums["composite"]["flow"] | policy, **levels["composite"]}}
            PointConfig.objects.create(point=work, version=version, valid_from=since, config=both | formula)
        said = [(wells[index], "flow", minute, value, quality if value is not None else 4)
                for index, minute, value, quality in rows]  # fmt: skip
        corrected = [(*row[:3], 1.0, 1) for row in data.draw(st.lists(st.sampled_from(said), max_size=4))]
        queue = data.draw(st.permutations(said)) + corrected
        piece, operations.PIECE = operations.PIECE, timedelta(minutes=data.draw(st.sampled_from([30, 600, 44_640])))
        while queue:
            size = data.draw(st.integers(1, len(queue)))
            arrive(list({row[:3]: row for row in queue[:size]}.values()), now=NOW)
            queue = queue[size:]
            if data.draw(st.booleans()):
                process_derived(NOW)
        process_derived(NOW)
        operations.PIECE = piece
        incremental = everything()
        again()
        assert everything() == incremental
        transaction.set_rollback(True)
