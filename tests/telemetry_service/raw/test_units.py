from decimal import Decimal

import pytest

from telemetry_service.raw.units import converted, ratio_to_ours


@pytest.mark.parametrize(
    ("variable", "unit", "number", "ours"),
    [
        ("flow", "", "1.91", "1.91"),
        ("flow", "L/s", "1.91", "1.91"),
        ("flow", "m³/h", "7.2", "2"),
        ("flow", "m3 / H", "7.2", "2"),
        ("flow", "l/min", "90", "1.5"),
        ("level", "cm", "250", "2.5"),
        ("total", "m3", "7", "7"),
        ("ph", "pH", "7.1", "7.1"),
        ("battery", "%", "81", "81"),
        ("battery_voltage", "mV", "3600", "3.6"),
        ("signal", "dBm", "-97", "-97"),
    ],
)
def test_the_providers_unit_becomes_ours(variable: str, unit: str, number: str, ours: str) -> None:
    ratio = ratio_to_ours(variable, unit)
    assert ratio
    assert converted(Decimal(number), ratio) == Decimal(ours)
