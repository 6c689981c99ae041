"""A well that draws 10 L/s for a day: 36 m³ an hour."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from telemetry_service.sources.findings.flow_scale import flow_scale
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said

VARIABLES = {"caudal": "flow", "total": "total"}
COUNTED = [1000 + 36 * n for n in range(24)]
FOUND = [("flow_scale", "warning", "variables.0.key")]


def seen(flow: Sequence[Any], total: Sequence[Any], *, m3: str | None = "1", unit: str = "") -> Any:
    constant = None if m3 is None else Decimal(m3)
    flows = readings("caudal", flow, unit=unit)
    return evidence(VARIABLES, flows, readings("total", total), m3_per_count=constant)


@pytest.mark.parametrize(
    ("flow", "m3", "expected", "looks_like"),
    [
        (10, "1", [], ""),
        (9.2, "1", [], ""),
        (36, "1", FOUND, "m³/h leídos como L/s"),
        (10 / 3.6, "1", FOUND, "L/s leídos como m³/h"),
        (10, "0.001", FOUND, "constante de pulsos mil veces menor"),
        (10, "1000", FOUND, "litros leídos como m³"),
        (20, "1", [], ""),  # wrong, and like nothing that is known
    ],
)
def test_what_the_flow_says_of_the_counter(flow: float, m3: str, expected: list[Any], looks_like: str) -> None:
    found = list(flow_scale(seen([flow] * 24, COUNTED, m3=m3)))
    assert said(found) == expected
    assert all(looks_like in one.problem for one in found)


def test_a_unit_that_the_provider_says_is_taken_at_its_word() -> None:
    assert list(flow_scale(seen([36] * 24, COUNTED, unit="m3/h"))) == []


@pytest.mark.parametrize(
    ("flow", "total", "m3"),
    [
        ([36] * 24, COUNTED, None),  # no constant
        ([36] * 5, COUNTED[:5], "1"),  # too few
        ([36] * 24, [1000] * 24, "1"),  # a counter that stands
        ([36] * 24, [*COUNTED[:12], *COUNTED[:12]], "1"),  # one that went back
        ([], COUNTED, "1"),
        ([0] * 24, COUNTED, "1"),
    ],
)
def test_where_nothing_can_be_told(flow: list[Any], total: list[Any], m3: str | None) -> None:
    assert list(flow_scale(seen(flow, total, m3=m3))) == []


def test_a_pulse_counter_tells_as_much() -> None:
    both = {"caudal": "flow", "pulsos": "pulses"}
    pulses = readings("pulsos", [3600 * n for n in range(24)])
    found = evidence(both, readings("caudal", [36] * 24), pulses, m3_per_count=Decimal("0.01"))
    assert said(flow_scale(found)) == FOUND
