from typing import Any

import pytest

from telemetry_service.sources.findings.frozen import frozen
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said

VARIABLES = {"caudal": "flow", "total": "total"}
MOVING, RISING = [5, 6] * 10, list(range(20))


@pytest.mark.parametrize(
    ("flow", "total", "expected"),
    [
        (MOVING, RISING, []),
        ([5] * 20, [70] * 20, [("device_frozen", "warning", "params")]),
        ([0] * 20, [70] * 20, []),  # a stopped pump
        (MOVING, [70] * 20, [("counter_frozen", "warning", "variables.1.key")]),
        ([5] * 20, RISING, []),  # a steady pump
        ([5] * 11, [70] * 11, []),  # too few to tell
        ([], [70] * 20, []),
    ],
)
def test_a_device_that_repeats_itself(flow: list[Any], total: list[Any], expected: list[Any]) -> None:
    seen = evidence(VARIABLES, readings("caudal", flow), readings("total", total))
    assert said(frozen(seen)) == expected


def test_without_a_flow_nobody_knows_whether_water_runs() -> None:
    assert list(frozen(evidence({"total": "total"}, readings("total", [7] * 20)))) == []
