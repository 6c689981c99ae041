from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from telemetry_service.process.rules.logger_status import is_logger_status, status_rows


@pytest.mark.parametrize(
    ("variable", "number", "status"),
    [
        ("flow", "-2", True),
        ("level", "-5.0", True),
        ("total", "-3200", True),
        ("flow", "-2.5", False),
        ("flow", "2", False),
        ("temperature", "-2", False),
        ("temperature", "-3200", True),
        ("signal", "-5", False),
    ],
)
def test_codes_are_not_numbers(variable: Any, number: Any, status: Any) -> None:
    assert is_logger_status(variable, Decimal(number)) is status
    assert status_rows(variable, np.array([float(number), np.nan])).tolist() == [status, False]
