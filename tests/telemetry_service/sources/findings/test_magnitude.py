import pytest

from telemetry_service.raw.variables import COLLECTED
from telemetry_service.sources.findings.magnitude import RANGES, magnitude
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said

KEY = "variables.0.key"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("flow", "12.5", []),
        ("flow", "91755", [("magnitude_unusual", "warning", KEY)]),
        ("flow", "3000000", [("magnitude_impossible", "blocking", KEY)]),
        ("flow", "-5", []),  # negative.py's
        ("ph", "7.1", []),
        ("ph", "3", [("magnitude_unusual", "warning", KEY)]),
        ("ph", "41", [("magnitude_impossible", "blocking", KEY)]),
        ("level", "15000", [("magnitude_impossible", "blocking", KEY)]),
        ("water_table", "-3", []),
        ("water_table", "-2000", [("magnitude_impossible", "blocking", KEY)]),
        ("total", "2147483648", [("magnitude_unusual", "warning", KEY)]),
        ("temperature", "-200", [("magnitude_impossible", "blocking", KEY)]),
        ("pressure", "1e9", []),  # its unit is anybody's
    ],
)
def test_what_a_variable_can_be(variable: str, value: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(magnitude(evidence({"k": variable}, readings("k", [value])))) == expected


def test_it_is_our_unit_that_counts() -> None:
    assert list(magnitude(evidence({"k": "level"}, readings("k", [15_000], unit="cm")))) == []


def test_the_ranges_are_of_variables_that_there_are() -> None:
    assert set(RANGES) <= {code.value for code in COLLECTED}
    for known in RANGES.values():
        assert known.possible[0] <= known.usual[0] < known.usual[1] <= known.possible[1]
