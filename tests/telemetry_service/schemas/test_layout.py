"""What is wrong in a schema is named by its path when it is saved."""

from copy import deepcopy
from typing import Any

import pytest

from telemetry_service.schemas.layout import problems_of
from tests.telemetry_service.schemas.conftest import WELL

UNITS = {"flow": "L/s", "water_table": "m", "volume": "m3", "ph": "pH", "mean_flow": "L/s"}


def paths(**changes: Any) -> list[str]:
    return [".".join(one.path) for one in problems_of({**deepcopy(WELL), **changes}, units=UNITS)]


def test_what_may_be_saved() -> None:
    assert paths() == []
    plain = {"name": "x", "schema_type": "CUSTOM", "variables": ["flow"]}
    assert problems_of(plain, units=UNITS) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"variables": []}, "variables"),
        ({"variables": "flow"}, "variables"),
        ({"variables": ["caudal"]}, "variables.0"),
        ({"variables": ["flow", "flow"]}, "variables.1"),
        ({"grouping_config": []}, None),
        ({"grouping_config": [1]}, "grouping_config"),
        ({"grouping_config": {"group": []}}, "grouping_config.group"),
        ({"grouping_config": {"groups": {}}}, "grouping_config.groups"),
        ({"grouping_config": {"groups": [{"code": "a", "variables": ["flow", "volume"]}]}}, "grouping_config.groups"),
        ({"grouping_config": {"groups": [{"code": "a", "variables": ["flow", "volume", "water_table", "ph"]}]}},
         "grouping_config.groups.0.variables.3"),
        ({"grouping_config": {"groups": [{"code": "a", "variables": ["flow", "volume", "water_table"]},
                                         {"code": "b", "variables": ["flow"]}]}},
         "grouping_config.groups.1.variables.0"),
        ({"grouping_config": {"groups": [{"variables": ["flow", "volume", "water_table"]}]}},
         "grouping_config.groups.0.code"),
        ({"display_config": {"ph": {}}}, "display_config.ph"),
        ({"display_config": {"flow": {"unit": "m"}}}, "display_config.flow.unit"),
        ({"display_config": {"flow": {"decimals": -1}}}, "display_config.flow.decimals"),
        ({"display_config": {"flow": {"colour": "red"}}}, "display_config.flow.colour"),
        ({"display_config": {"flow": 5}}, "display_config.flow"),
        ({"processing_config": {"interval": "year"}}, "processing_config.interval"),
        ({"processing_config": {"interval": "hour", "zone": "cet"}}, "processing_config.zone"),
        ({"processing_config": {"interval": "hour", "figures": {"flow": "mode"}}}, "processing_config.figures.flow"),
        ({"processing_config": {"interval": "hour", "figures": {"ph": "min"}}}, "processing_config.figures.ph"),
        ({"processing_config": {"figures": {"flow": "mean"}}}, "processing_config.figures"),
        ({"processing_config": {"interval": "hour", "hold_s": 60}}, "processing_config.interval"),
        ({"processing_config": {"hold_s": 10**9}}, "processing_config.hold_s"),
        ({"validation_rules": {"ph": {}}}, "validation_rules.ph"),
        ({"validation_rules": {"flow": {"min": 5, "max": 1}}}, "validation_rules.flow.min"),
        ({"validation_rules": {"flow": {"max": "1"}}}, "validation_rules.flow.max"),
        ({"validation_rules": {"flow": {"required": 1}}}, "validation_rules.flow.required"),
        ({"validation_rules": {}, "calculated_fields": {"flow": {"formula": "volume"}}}, "calculated_fields.flow"),
        ({"validation_rules": {}, "calculated_fields": {"x": {}}}, "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "flow +"}}}, "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "ph * 2"}}}, "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "2"}}}, "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "x + flow"}}}, "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "flow + volume"}}},
         "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "flow", "unit": "m3/h"}}},
         "calculated_fields.x.formula"),
        ({"validation_rules": {}, "calculated_fields": {"x": {"formula": "water_table - 1"},
                                                        "y": {"formula": "x + flow"}}},
         "calculated_fields.y.formula"),
        ({"validation_rules": {"flow": {"margin": -1}}}, "validation_rules.flow.margin"),
        ({"validation_rules": {"flow": {"completeness": 80}}}, "validation_rules.flow.completeness"),
        ({"processing_config": {"points": ["x"]}}, "processing_config.points"),
        ({"processing_config": {"points": "x"}}, "processing_config.points"),
        ({"schema_type": "REPORT"}, "processing_config.interval"),
        ({"schema_type": "ALERT", "validation_rules": {}}, "validation_rules"),
        ({"schema_type": "COMPLIANCE", "processing_config": {"hold_s": 60}}, "processing_config.hold_s"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_path(changes: dict[str, Any], path: str | None) -> None:
    assert paths(**changes) == ([path] if path else [])
    for one in problems_of({**deepcopy(WELL), **changes}, units=UNITS):
        assert one.problem
        assert one.expected


def test_a_ring_is_named() -> None:
    fields = {"a": {"formula": "b + flow"}, "b": {"formula": "a"}}
    (problem,) = problems_of({**WELL, "validation_rules": {}, "calculated_fields": fields}, units=UNITS)
    assert "a → b → a" in problem.problem
