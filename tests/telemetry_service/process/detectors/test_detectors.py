"""Each fault is found by its name, and a healthy well has none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from telemetry_service.process.detectors import Finding, detect
from telemetry_service.process.detectors.finding import Limits
from telemetry_service.process.instants import instant
from tests.telemetry_service.process.conftest import HOUR, START

Pump = Callable[..., dict[str, list[float]]]
Found = Callable[..., list[Finding]]


def names(found: list[Finding]) -> list[str]:
    return [one.name for one in found]


def test_a_healthy_well_has_none(pump: Pump, found: Found) -> None:
    assert found(pump(days=21)) == []


def test_nothing_read_nothing_found() -> None:
    assert detect([], Limits(0.01)) == []


@pytest.mark.parametrize(("factor", "seen"), [(3.6, 3.6), (1 / 3.6, 1 / 3.6)])
def test_a_unit_slip(pump: Pump, found: Found, factor: float, seen: float) -> None:
    said = pump()
    said["flow"] = [value * factor for value in said["flow"]]
    slip = found(said)[0]
    assert slip.name == "unit_slip"
    assert slip.seen == pytest.approx(seen, rel=0.02)
    assert (instant(slip.last) - instant(slip.first)) > timedelta(days=3)


@pytest.mark.parametrize("factor", [10.0, 0.1, 100.0])
def test_a_pulse_factor_wrong_by_tens(pump: Pump, found: Found, factor: float) -> None:
    said = pump()
    said["flow"] = [value * factor for value in said["flow"]]
    assert [one.name for one in found(said) if one.name != "FLOW_TOTAL_CONSISTENCY"] == ["pulse_factor"]


@pytest.mark.parametrize("factor", [1.0, 0.9, 1.1, 2.0, 5.0])
def test_other_factors_are_neither(pump: Pump, found: Found, factor: float) -> None:
    said = pump()
    said["flow"] = [value * factor for value in said["flow"]]
    assert not {"unit_slip", "pulse_factor"} & set(names(found(said)))


def test_a_tenth_of_everything(pump: Pump, found: Found) -> None:
    said = pump()
    for hour in range(30, 50):
        said["flow"][hour] /= 10
        said["total"][hour] //= 10
    (tenth,) = [one for one in found(said) if one.name == "tenth_scale"]
    assert (instant(tenth.first), instant(tenth.last)) == (START + 30 * HOUR, START + 49 * HOUR)
    assert tenth.expected == pytest.approx(10 * tenth.seen, rel=0.05)


def test_one_truncated_reading_is_no_scale(pump: Pump, found: Found) -> None:
    said = pump()
    said["total"][30] //= 10
    assert "tenth_scale" not in names(found(said))


def test_a_frozen_counter_by_flow_and_by_level(pump: Pump, found: Found) -> None:
    said = pump()
    frozen = said["total"][40]
    said["total"][40:70] = [frozen] * 30
    by_name = {one.name: one for one in found(said)}
    assert {"frozen_counter", "LEVEL_ACCUMULATED_CONSISTENCY"} <= set(by_name)
    by_flow, by_level = by_name["frozen_counter"], by_name["LEVEL_ACCUMULATED_CONSISTENCY"]
    assert instant(by_flow.first) == START + 40 * HOUR
    assert by_flow.expected > 100  # m³
    assert by_level.seen == pytest.approx(6.0)
    assert "LEVEL_ACCUMULATED_CONSISTENCY" not in names(found(said, drawdown_m=7.0))


def test_a_pump_that_stands_is_not_frozen(pump: Pump, found: Found) -> None:
    said = pump()
    before = said["total"][99]
    for hour in range(40, 100):
        said["flow"][hour], said["total"][hour], said["level"][hour] = 0.0, said["total"][40], 26.0
    said["total"][100:] = [value - before + said["total"][40] for value in said["total"][100:]]
    assert found(said) == []


@pytest.mark.parametrize(("factor", "is_found"), [(0.0, True), (2.0, True), (1.2, False), (0.8, False)])
def test_flow_and_total_are_one_water(pump: Pump, found: Found, factor: float, is_found: bool) -> None:
    said = pump(days=16)
    said["flow"] = [value * factor for value in said["flow"]]
    consistency = [one for one in found(said) if one.name == "FLOW_TOTAL_CONSISTENCY"]
    assert len(consistency) == is_found  # weeks that follow each other are one


def test_a_total_that_goes_back_to_zero_is_said_and_never_written(pump: Pump, found: Found) -> None:
    said = pump()
    said["total"][50:52] = [0, 0]
    (reset,) = found(said)
    assert (reset.name, reset.seen, instant(reset.first)) == ("ZERO_TOTAL_RESET", 0, START + 50 * HOUR)
    assert reset.expected == said["total"][49] / 100


@pytest.mark.parametrize(
    ("level", "limits", "is_found"), [(96.0, {}, True), (95.0, {}, False), (50.0, {"level_max_m": 40.0}, True)]
)
def test_a_level_above_the_most(pump: Pump, found: Found, level: float, limits: Any, is_found: bool) -> None:
    said = pump()
    said["level"][10] = level
    resets = [one for one in found(said, **limits) if one.name == "LEVEL_MAX_RESET"]
    assert [one.seen for one in resets] == [level] * is_found


def test_the_real_well(run: Any, setup: Any, well: Any) -> None:
    """Its flow sensor is dead until the day that everything is a tenth; nothing else but what is known of it."""
    found = detect(run(well, setups=[setup(level_reading="depth")]).columns, Limits(1.0))
    assert sorted(names(found)) == ["FLOW_TOTAL_CONSISTENCY", *["ZERO_TOTAL_RESET"] * 14, "tenth_scale"]
    by_name = {one.name: one for one in found}
    tenth, flow = by_name["tenth_scale"], by_name["FLOW_TOTAL_CONSISTENCY"]
    assert instant(tenth.first).isoformat() == "2024-05-13T13:00:00+00:00"  # 09:00 in UTC-4
    assert instant(tenth.last) - instant(tenth.first) == timedelta(hours=24)
    assert (flow.seen, instant(flow.last).date().isoformat()) == (0.0, "2024-05-16")
