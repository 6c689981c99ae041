"""What a configuration says of other points: Core alone knows them all."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
POINTS = "/api/core/points/"


def virtual(formula: str, unit: str = "L/s") -> dict[str, Any]:
    return {"virtual_variables": {"x": {"formula": formula, "unit": unit}}}


def work(*members: Any, variable: str = "flow") -> dict[str, Any]:
    return {"composite": {variable: {"members": list(members)}}}


def errors_of(response: Any) -> dict[str, dict[str, Any]]:
    assert response.status_code == 400, response.content
    return {error["field"]: error for error in response.json()["errors"]}


def configure(staff: APIClient, point: Any, config: Any) -> Any:
    return staff.patch(f"{POINTS}{point.id}/", {"config": config, "config_valid_from": None}, format="json")


def test_a_member_is_a_point_that_is_there(staff: APIClient, make_point: Any) -> None:
    errors = errors_of(configure(staff, make_point(), work({"point": str(uuid4())})))
    assert set(errors) == {"config.composite.flow.members.0.point"}


def test_a_work_that_is_made_of_itself_by_way_of_others_is_refused(staff: APIClient, make_point: Any) -> None:
    one, two = make_point("A"), make_point("B")
    assert configure(staff, one, work({"point": str(two.id)})).status_code == 200
    error = errors_of(configure(staff, two, work({"point": str(one.id)})))["config.composite.flow.members"]
    assert "B.flow → A.flow → B.flow" in error["problem"]
    other_variable = work({"point": str(one.id)}, variable="level")
    assert configure(staff, two, other_variable).status_code == 200
    three = make_point("C")
    assert "C.flow → C.flow" in str(errors_of(configure(staff, three, work({"point": str(three.id)}))))


def test_a_code_has_one_unit_everywhere(staff: APIClient, make_point: Any) -> None:
    one, two = make_point("A"), make_point("B")
    assert configure(staff, one, virtual("flow * 2")).status_code == 200
    error = errors_of(configure(staff, two, virtual("flow * 2", unit="m3/h")))["config.virtual_variables.x.unit"]
    assert "L/s (A)" in error["problem"]
    assert configure(staff, two, virtual("flow * 3")).status_code == 200
