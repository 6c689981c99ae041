"""What a configuration says of derived variables, as Core gives it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.virtual.definitions import Missing, Series, definitions_of, units_of

CONTRACT = Path(__file__).parents[2] / "contract" / "points_changes.json"
POINT = UUID("0b8c5a52-7d0f-4d35-9a5e-1c5ef2f0a001")
OTHER = UUID("0b8c5a52-7d0f-4d35-9a5e-1c5ef2f0a002")


@pytest.fixture
def points() -> list[dict[str, Any]]:
    return list(json.loads(CONTRACT.read_text())["results"])


def test_the_contract_is_understood(points: list[dict[str, Any]]) -> None:
    config = points[0]["configs"][1]["config"]
    (virtual,) = definitions_of(POINT, config)
    assert (virtual.variable, dict(virtual.inputs)) == ("drawdown", {"water_table": Series(POINT, "water_table")})
    assert units_of(config) == {"drawdown": ("Abatimiento", "m")}
    (composite,) = definitions_of(OTHER, points[1]["configs"][0]["config"])
    assert (composite.variable, list(composite.inputs.values())) == ("flow", [Series(POINT, "mean_flow")])
    assert (composite.missing, composite.hold_us, composite.tolerance_us) == (Missing.HOLD, 900_000_000, 60_000_000)
    assert composite.text == "- m1"


def test_each_stands_after_what_it_is_made_of() -> None:
    said = {
        "virtual_variables": {
            "a": {"formula": "b + c", "unit": "m"},
            "b": {"formula": "c * 2", "unit": "m"},
            "c": {"formula": "flow", "unit": "m"},
        },
        "composite": {"flow": {"members": [{"point": str(OTHER)}]}},
    }
    assert [one.variable for one in definitions_of(POINT, said)] == ["flow", "c", "b", "a"]


@pytest.mark.parametrize(
    "virtual",
    [
        {"a": {"formula": "b", "unit": "m"}, "b": {"formula": "a", "unit": "m"}},
        {"a": {"formula": "flow +", "unit": "m"}},
        {"a": {"formula": "2 * 3", "unit": "m"}},
    ],
)
def test_what_nobody_can_use_counts_as_not_said(virtual: dict[str, Any]) -> None:
    assert definitions_of(POINT, {"virtual_variables": virtual}) == ()
