from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

START = datetime(2024, 3, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = UUID(int=7)
WELL: dict[str, Any] = {
    "name": "Tablero de pozo",
    "schema_type": "DASHBOARD",
    "variables": ["flow", "water_table", "volume"],
    "grouping_config": {
        "groups": [
            {"code": "hidraulica", "label": "Hidráulica", "variables": ["volume", "flow"]},
            {"code": "nivel", "variables": ["water_table"]},
        ]
    },
    "display_config": {"flow": {"label": "Caudal", "unit": "m3/h", "decimals": 1, "order": 9}},
    "validation_rules": {"flow": {"min": 0, "max": 50}, "drawdown": {"max": 30}, "volume": {"required": True}},
    "calculated_fields": {
        "yield_l_s_m": {"formula": "flow / drawdown", "unit": "L/s/m"},
        "drawdown": {"formula": "water_table - 12.5", "label": "Abatimiento", "unit": "m", "decimals": 2},
    },
}


@pytest.fixture
def measured(db: None) -> Callable[..., None]:
    """Hourly measurements of one series; None leaves the hour out, a pair is a value and its quality."""
    from telemetry_service.measurements.store import make_partitions, merge

    def build(point: UUID, variable: str, *values: Any, start: datetime = START, reasons: int = 0) -> None:
        rows = []
        for index, said in enumerate(values):
            value, quality = said if isinstance(said, tuple) else (said, 1)
            if said is not None:
                at = start + HOUR * index
                rows.append((point, variable, at, value, None, quality, reasons, SOURCE, 1, None))
        make_partitions(row[2] for row in rows)
        merge(rows, now=START)

    return build
