"""What Core would not store is not supposed either: one file of examples holds the two together."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.process.supposed import FAULTS, check_supposed

pytestmark = pytest.mark.django_db
CONTRACT = Path(__file__).parents[2] / "contract"
FULL, WRONG = (json.loads((CONTRACT / f"point_config_{one}.json").read_bytes()) for one in ("right", "wrong"))


@pytest.mark.parametrize(("config", "path"), WRONG)
def test_what_is_wrong_is_named_by_its_path(config: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_supposed(config)
    (error,) = raised.value.errors
    assert error.field == f"suppose.config.{path}"
    assert error.problem
    assert error.expected


@pytest.mark.parametrize("config", [{}, FULL, {"meter_digits": None}, {"composite": {"flow": {"members": []}}}])
def test_what_core_stores_may_be_supposed(config: dict[str, Any]) -> None:
    check_supposed(config)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        check_supposed({"well_depth": -1, "pump": 3, "limits": {"flow": 1, "level": 2}})
    assert len(raised.value.errors) == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_was_found_may_be_supposed(fault: str) -> None:
    check_supposed({"faults": {"flow": fault}})
