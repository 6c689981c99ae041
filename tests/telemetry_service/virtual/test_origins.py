"""From a derived measurement to what it was made of: `GET /api/telemetry/lineage/`."""

from typing import Any
from uuid import UUID

import pytest

from shared.testing import api_client, user_token
from telemetry_service.measurements.queries import units_in
from telemetry_service.virtual.operations import process_derived
from tests.telemetry_service.virtual.conftest import MINUTE, NOW, START

pytestmark = pytest.mark.django_db
FORMULA = {
    "constants": {"static_level": 12.5},
    "virtual_variables": {"drawdown": {"formula": "water_table - static_level", "unit": "m"}},
}


def made_of(point: UUID, variable: str, minute: int = 0, token: str | None = None) -> dict[str, Any]:
    units_in.cache_clear()
    at = START + minute * MINUTE
    asked = {"point": str(point), "variables": variable, "from": at.isoformat(), "to": (at + MINUTE).isoformat()}
    response = api_client(token or user_token()).get("/api/telemetry/lineage/", asked)
    units_in.cache_clear()
    assert response.status_code == 200, response.content
    (measurement,) = response.json()["results"][0]["measurements"]
    return dict(measurement["made_of"])


def test_the_formula_and_what_its_input_said(configured: Any, arrive: Any) -> None:
    other = {"virtual_variables": {"drawdown": {"formula": "water_table * 2", "unit": "m"}}}
    point = configured(FORMULA, m5=other)
    arrive([(point, "water_table", minute, 14.5, 1) for minute in (0, 6)])
    process_derived(NOW)
    assert made_of(point, "drawdown") == {
        "formula": "water_table - static_level", "missing": "explain", "tolerance_s": 0, "hold_s": 0,
        "inputs": [{
            "name": "water_table", "point": str(point), "variable": "water_table", "time": "2024-03-25T00:00:00Z",
            "value": 14.5, "unit": "m", "quality": 1, "quality_label": "good", "held": False,
        }],
    }  # fmt: skip
    assert made_of(point, "drawdown", 6)["formula"] == "water_table * 2"


def test_a_held_member_says_from_when_and_an_absent_one_that_it_is(configured: Any, arrive: Any) -> None:
    one, two, three = (configured({}, code=code) for code in "ABC")
    members = [{"point": str(one)}, {"point": str(two)}, {"point": str(three), "sign": "-"}]
    work = configured({"composite": {"flow": {"members": members, "missing": "hold", "hold_s": 120}}}, code="OBRA")
    arrive([(one, "flow", 0, 1.0, 1), (two, "flow", 1, 2.0, 1)])
    process_derived(NOW)
    said = made_of(work, "flow", 1)
    assert said["formula"] == "m1 + m2 - m3"
    seen = [(each["point"], each["time"], each["value"], each["quality"], each["held"]) for each in said["inputs"]]
    assert seen == [
        (str(one), "2024-03-25T00:00:00Z", 1.0, 3, True),
        (str(two), "2024-03-25T00:01:00Z", 2.0, 1, False),
        (str(three), None, None, 9, False),
    ]


def test_of_anothers_point_it_says_only_that_it_is_a_member(configured: Any, arrive: Any) -> None:
    mine, other = configured({}, code="A"), configured({}, code="B")
    members = [{"point": str(mine)}, {"point": str(other)}]
    work = configured({"composite": {"flow": {"members": members}}}, code="OBRA")
    arrive([(mine, "flow", 0, 1.0, 1), (other, "flow", 0, 2.0, 1)])
    process_derived(NOW)
    first, second = made_of(work, "flow", token=user_token(points=[work, mine]))["inputs"]
    assert first["value"] == 1.0
    assert second == {"name": "m2", "point": str(other), "variable": "flow", "hidden": True}


def test_a_measurement_of_readings_is_made_of_no_others(configured: Any, arrive: Any) -> None:
    point = configured(FORMULA)
    arrive([(point, "water_table", 0, 14.5, 1)])
    process_derived(NOW)
    asked = {"point": str(point), "from": START.isoformat(), "to": (START + MINUTE).isoformat()}
    (instant,) = api_client(user_token()).get("/api/telemetry/lineage/", asked).json()["results"]
    assert [one["variable"] for one in instant["measurements"] if "made_of" not in one] == ["water_table"]
