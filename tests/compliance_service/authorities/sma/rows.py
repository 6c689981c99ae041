"""A proceso with two dispositivos, and what is measured of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from compliance_service.authorities.sma.terms import Device, devices_of, read_terms

SLOT = datetime(2026, 5, 17, 18, 5, tzinfo=UTC)
HERE, THERE = UUID(int=1), UUID(int=2)
Q = {"name": "Q", "unit": "l/s", "variable": "flow", "decimals": 1}
VA = {"name": "VA", "unit": "m3", "variable": "total"}
TERMS = {
    "devices": [
        {"id": "8901", "parameters": [Q, VA]},
        {"id": "8902", "point": str(THERE), "parameters": [Q, VA]},
    ]
}
DEVICES: tuple[Device, ...] = devices_of(read_terms(TERMS))


@dataclass(frozen=True)
class Row:
    point: UUID
    variable: str
    value: float | None = 1.0
    quality: int = 1
    reasons: tuple[str, ...] = ()
    time: datetime = SLOT
    config_version: int | None = 1
    known_since: str = "2026-05-17T18:06:00Z"


ALL = (Row(HERE, "flow", 42.5), Row(HERE, "total", 42500.9), Row(THERE, "flow", 7.0), Row(THERE, "total", 10.0))


def without(point: UUID, variable: str) -> list[Row]:
    return [row for row in ALL if (row.point, row.variable) != (point, variable)]


def changed(point: UUID, variable: str, /, **changes: object) -> list[Row]:
    return [replace(row, **changes) if (row.point, row.variable) == (point, variable) else row for row in ALL]  # type: ignore[arg-type]
