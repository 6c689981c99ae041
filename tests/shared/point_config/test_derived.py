"""Virtual variables and composite works in a configuration: what is refused, by its field and with the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.point_config.derived import UNITS
from shared.point_config.whole import problems_of, problems_of_part

ROOT = Path(__file__).parents[3]
MEMBER = {"point": "0b8c5a52-7d0f-4d35-9a5e-1c5ef2f0a001"}
GOOD = {
    "constants": {"static_level": 12.5},
    "virtual_variables": {
        "drawdown": {"formula": "water_table - static_level", "unit": "m", "name": "Abatimiento"},
        "specific_capacity": {"formula": "flow / drawdown", "unit": "L/s/m", "missing": "hold", "hold_s": 600},
    },
    "composite": {"flow": {"members": [MEMBER], "missing": "explain", "tolerance_s": 60}},
}


def virtual(formula: Any, **more: Any) -> dict[str, Any]:
    return {"virtual_variables": {"x": {"formula": formula, "unit": "L/s", **more}}}


def work(*members: Any, variable: str = "flow", **more: Any) -> dict[str, Any]:
    return {"composite": {variable: {"members": list(members), **more}}}


def test_what_may_be_stored() -> None:
    assert problems_of(GOOD) == []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        (virtual("flow +"), "virtual_variables.x.formula"),
        (virtual("flow + level"), "virtual_variables.x.formula"),
        (virtual("flow", unit="m3/h"), "virtual_variables.x.formula"),
        (virtual("level"), "virtual_variables.x.formula"),
        (virtual("caudal * 2"), "virtual_variables.x.formula"),
        (virtual("2 * 3"), "virtual_variables.x.formula"),
        (virtual("x + flow"), "virtual_variables.x.formula"),
        (virtual(5), "virtual_variables.x.formula"),
        (virtual("flow", hold_s=10), "virtual_variables.x.hold_s"),
        (virtual("flow", missing="hold"), "virtual_variables.x.hold_s"),
        (virtual("flow", missing="hold", hold_s=-1), "virtual_variables.x.hold_s"),
        (virtual("flow", missing="guess"), "virtual_variables.x.missing"),
        (virtual("flow", tolerance_s=3601), "virtual_variables.x.tolerance_s"),
        (virtual("flow", units="m"), "virtual_variables.x.units"),
        ({"virtual_variables": {"x": {"unit": "m"}}}, "virtual_variables.x.formula"),
        ({"virtual_variables": {"x": {"formula": "flow"}}}, "virtual_variables.x.unit"),
        ({"virtual_variables": {"flow": {"formula": "level", "unit": "m"}}}, "virtual_variables.flow"),
        ({"virtual_variables": {"max": {"formula": "level", "unit": "m"}}}, "virtual_variables.max"),
        ({"virtual_variables": {"Caudal": {"formula": "level", "unit": "m"}}}, "virtual_variables.Caudal"),
        ({"virtual_variables": []}, "virtual_variables"),
        ({"virtual_variables": {"x": "flow"}}, "virtual_variables.x"),
        ({"constants": {"c": "12"}}, "constants.c"),
        ({"constants": {"pi": 3}}, "constants.pi"),
        (virtual("flow") | {"constants": {"x": 3}}, "constants.x"),
        (work(), "composite.flow.members"),
        (work("a"), "composite.flow.members.0"),
        (work({"sign": "-"}), "composite.flow.members.0.point"),
        (work({"point": "me"}), "composite.flow.members.0.point"),
        (work(MEMBER, MEMBER), "composite.flow.members.1.point"),
        (work(MEMBER | {"sign": "*"}), "composite.flow.members.0.sign"),
        (work(MEMBER | {"variable": "level"}), "composite.flow.members.0.variable"),
        (work(MEMBER, variable="sum"), "composite.sum"),
        (work(MEMBER, missing="hold"), "composite.flow.hold_s"),
        ({"composite": {"flow": {}}}, "composite.flow.members"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(config: dict[str, Any], path: str) -> None:
    found = problems_of(config)
    assert [".".join(one.path) for one in found] == [path]
    assert found[0].problem
    assert found[0].expected


def test_a_ring_of_formulas_is_named() -> None:
    ring = {name: {"formula": f"{other} + flow", "unit": "m"} for name, other in (("a", "b"), ("b", "c"), ("c", "a"))}
    (problem,) = problems_of({"virtual_variables": ring})
    assert "a → b → c → a" in problem.problem


def test_a_part_may_name_what_another_part_has() -> None:
    assert problems_of_part({"virtual_variables": {"x": {"formula": "flow * factor"}}}) == []
    assert problems_of_part({"virtual_variables": {"x": None}, "constants": {"c": None}}) == []
    assert len(problems_of_part({"virtual_variables": {"x": {"formula": "flow *"}}})) == 1


def test_what_does_not_add_up_says_where_and_why() -> None:
    (problem,) = problems_of(virtual("flow * 2 + level"))
    assert problem.problem == "se suma L/s con m (carácter 10)"
    assert problem.expected == "los dos de la misma magnitud"
    config = virtual("depth - level") | {"constants": {"depth": 60}}
    config["virtual_variables"] |= {"depth_flow": {"formula": "x + flow", "unit": "m"}}
    config["virtual_variables"]["x"]["unit"] = "m"
    (problem,) = problems_of(config)
    assert (problem.path[1], problem.problem) == ("depth_flow", "se suma m con L/s (carácter 3)")


def test_units_are_those_in_which_telemetry_measures() -> None:
    said = json.loads((ROOT / "tests/contract/telemetry_units.json").read_bytes())
    assert said == UNITS


def test_a_virtual_variable_has_tests_and_limits_of_its_own() -> None:
    tests = {"quality": {"x": {"gross_range": {"suspect": [0, 5]}}}, "limits": {"x": [0, 9]}}
    assert problems_of(virtual("flow * 2") | tests) == []
    assert problems_of_part(tests) == []
    (problem,) = problems_of(virtual("flow * 2") | {"quality": {"x": {"gross_rango": {}}}})
    assert ".".join(problem.path) == "quality.x.gross_rango"
