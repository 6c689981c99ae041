"""Virtual variables: a formula over a point's own measurements, stored as measurements."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.measurements.quality import Reason
from telemetry_service.measurements.queries import units, units_in
from telemetry_service.points.models import PointConfig
from telemetry_service.virtual.models import DerivedBacklog
from telemetry_service.virtual.operations import process_derived

from .conftest import MINUTE, NOW, START

pytestmark = pytest.mark.django_db
DRAWDOWN = {
    "constants": {"static_level": 12.5},
    "virtual_variables": {
        "drawdown": {"formula": "water_table - static_level", "unit": "m", "name": "Abatimiento"},
        "specific_capacity": {"formula": "flow / drawdown", "unit": "L/s/m"},
    },
}


def held(hold_s: int = 0, tolerance_s: int = 0, missing: str = "hold") -> dict[str, Any]:
    said = {"formula": "flow * level", "unit": "x", "missing": missing}
    return {"virtual_variables": {"power": said | {"hold_s": hold_s, "tolerance_s": tolerance_s}}}


def test_a_formula_of_the_same_instant_and_one_made_of_it(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(DRAWDOWN)
    arrive([(point, "water_table", 0, 14.5, 1), (point, "flow", 0, 5.0, 1)])
    assert process_derived(NOW) == 2
    assert stored(point, "drawdown") == [(0, 2.0, 1)]
    assert stored(point, "specific_capacity") == [(0, 2.5, 1)]
    assert not DerivedBacklog.objects.exists()


def test_its_unit_is_known(configured: Any) -> None:
    configured(DRAWDOWN)
    process_derived(NOW)
    units_in.cache_clear()
    assert (units()["drawdown"], units()["specific_capacity"]) == ("m", "L/s/m")
    units_in.cache_clear()


def test_the_quality_is_the_worst_of_the_inputs(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(DRAWDOWN)
    arrive([(point, "water_table", 0, 14.5, 3)], reasons=Reason.NOISE)
    arrive([(point, "flow", 0, 5.0, 2)], reasons=Reason.NO_BASELINE)
    process_derived(NOW)
    assert stored(point, "specific_capacity") == [(0, 2.5, 3, "noise", "no_baseline")]


def test_what_cannot_be_calculated_is_missing_with_a_reason(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(DRAWDOWN)
    arrive([(point, "water_table", 0, 12.5, 1), (point, "flow", 0, 5.0, 1), (point, "flow", 1, 5.0, 1)])
    arrive([(point, "water_table", 2, None, 4), (point, "flow", 2, 5.0, 1)], reasons=Reason.LOGGER_STATUS)
    process_derived(NOW)
    assert stored(point, "drawdown") == [(0, 0.0, 1), (2, None, 9, "logger_status", "missing_input")]
    assert stored(point, "specific_capacity") == [
        (0, None, 9, "division_by_zero"),
        (1, None, 9, "missing_input"),
        (2, None, 9, "logger_status", "missing_input"),
    ]


def test_a_value_is_held_as_long_as_said_and_is_then_not_good(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(held(hold_s=120))
    arrive([(point, "level", 0, 2.0, 1), *((point, "flow", minute, 10.0, 1) for minute in range(4))])
    process_derived(NOW)
    assert stored(point, "power") == [
        (0, 20.0, 1),
        (1, 20.0, 3, "held_input"),
        (2, 20.0, 3, "held_input"),
        (3, None, 9, "missing_input"),
    ]


def test_a_hold_bridges_a_failed_reading_and_says_so(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(held(hold_s=60))
    arrive([(point, "level", 0, 2.0, 1), (point, "flow", 0, 1.0, 1), (point, "flow", 1, 1.0, 1)])
    arrive([(point, "level", 1, None, 4)], reasons=Reason.NOT_A_NUMBER)
    process_derived(NOW)
    assert stored(point, "power") == [(0, 2.0, 1), (1, 2.0, 3, "not_a_number", "held_input")]


def test_within_the_tolerance_it_is_one_instant(configured: Any, arrive: Any, stored: Any) -> None:
    """The level comes a minute before the flow; alone it is not worth a row, for a whole instant follows."""
    point = configured(held(tolerance_s=60, missing="explain"))
    arrive([(point, "level", 0, 2.0, 1), (point, "flow", 1, 10.0, 1), (point, "level", 10, 2.0, 1)])
    process_derived(NOW)
    assert stored(point, "power") == [(1, 20.0, 1), (10, None, 9, "missing_input")]


def test_refused_instants_leave_no_row(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(held(missing="refuse"))
    arrive([(point, "level", 0, 2.0, 1), (point, "flow", 1, 10.0, 1), (point, "level", 1, 3.0, 1)])
    process_derived(NOW)
    assert stored(point, "power") == [(1, 30.0, 1)]


def test_scenario_11_a_formula_has_dates(configured: Any, arrive: Any, stored: Any) -> None:
    other = {"virtual_variables": {"drawdown": {"formula": "water_table * 2", "unit": "m"}}}
    point = configured(DRAWDOWN, m2=other)
    arrive([(point, "water_table", minute, 14.5, 1) for minute in range(4)])
    process_derived(NOW)
    assert [row[1] for row in stored(point, "drawdown")] == [2.0, 2.0, 29.0, 29.0]


def test_a_change_recomputes_from_its_date_and_takes_away_what_is_no_more(
    configured: Any, arrive: Any, stored: Any
) -> None:
    point = configured(DRAWDOWN)
    arrive([(point, "water_table", minute, 14.5, 1) for minute in range(4)])
    process_derived(NOW)
    PointConfig.objects.create(point_id=point, version=2, valid_from=START + 2 * MINUTE, config={})
    assert process_derived(NOW + MINUTE) == 4  # two rows of each variable
    assert [row[0] for row in stored(point, "drawdown")] == [0, 1]
    PointConfig.objects.create(point_id=point, version=3, valid_from=None, config={})
    process_derived(NOW + 2 * MINUTE)
    assert stored(point, "drawdown") == []


def test_history_is_made_when_a_formula_is_added(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured({})
    arrive([(point, "water_table", minute * 1440, 14.5, 1) for minute in range(0, 100, 20)])
    assert process_derived(NOW) == 0
    PointConfig.objects.create(point_id=point, version=2, valid_from=None, config=DRAWDOWN)
    process_derived(NOW + MINUTE)
    assert [row[1] for row in stored(point, "drawdown")] == [2.0] * 5


def test_a_late_row_recomputes_what_it_must(configured: Any, arrive: Any, stored: Any) -> None:
    point = configured(held(hold_s=120))
    arrive([(point, "flow", minute, 1.0, 1) for minute in range(60 * 24)])
    process_derived(NOW)
    arrive([(point, "level", 30, 2.0, 1)])
    assert process_derived(NOW + MINUTE) == 3
    assert [row[0] for row in stored(point, "power") if row[1] is not None] == [30, 31, 32]


def test_replaying_writes_nothing(configured: Any, arrive: Any) -> None:
    from telemetry_service.virtual.backlog import request_derived

    point = configured(DRAWDOWN)
    arrive([(point, "water_table", minute, 14.5, 1) for minute in range(9)])
    process_derived(NOW)
    request_derived(point_id=point, start=None, now=NOW)
    assert process_derived(NOW + MINUTE) == 0


def test_what_is_read_stands_before_what_is_made(configured: Any, arrive: Any, stored: Any) -> None:
    made = {"virtual_variables": {"mean_depth": {"formula": "drawdown2 * 2", "unit": "m"},
                                  "drawdown2": {"formula": "water_table - 1", "unit": "m"}}}  # fmt: skip
    point = configured(made)
    arrive([(point, "water_table", 0, 3.0, 1), (point, "water_table", 1, 3.0, 1), (point, "drawdown2", 1, 7.0, 1)])
    process_derived(NOW)
    assert [row[:2] for row in stored(point, "drawdown2")] == [(0, 2.0), (1, 7.0)]
    assert [row[:2] for row in stored(point, "mean_depth")] == [(0, 4.0), (1, 14.0)]


def test_a_point_that_cannot_be_derived_stops_no_other(
    configured: Any, arrive: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.virtual import operations

    one, other = configured(DRAWDOWN, code="A"), configured(DRAWDOWN, code="B")
    arrive([(one, "water_table", 0, 14.5, 1), (other, "water_table", 0, 14.5, 1)])
    known = operations.versions_of

    def fail(point_id: UUID) -> Any:
        if point_id == one:
            raise RuntimeError("broken on purpose")
        return known(point_id)

    monkeypatch.setattr(operations, "versions_of", fail)
    with pytest.raises(RuntimeError):
        process_derived(NOW)
    assert len(stored(other, "drawdown")) == 1
    assert set(DerivedBacklog.objects.values_list("point_id", flat=True)) == {one}
    monkeypatch.undo()
    process_derived(NOW)
    assert len(stored(one, "drawdown")) == 1


def test_a_long_history_is_made_piece_by_piece(
    configured: Any, arrive: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.virtual import operations

    point = configured(held(hold_s=180))
    arrive([(point, "flow", minute, 1.0, 1) for minute in range(200)])
    arrive([(point, "level", minute, 2.0, 1) for minute in range(0, 200, 3)])
    monkeypatch.setattr(operations, "PIECE", timedelta(minutes=7))
    assert process_derived(NOW) == 200
    assert all(row[1] == 2.0 for row in stored(point, "power"))
    assert not DerivedBacklog.objects.exists()
