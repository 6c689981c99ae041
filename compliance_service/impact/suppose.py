"""Measurements as they would be under a configuration that nobody has stored: what is measured now, with what differs.

Telemetry makes them (`POST /api/telemetry/replay/`), and writes nothing. What is made of several points' measurements
is as it is measured now.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from compliance_service.clients.replay import Replayed, Replays, Supposed
from compliance_service.clients.telemetry import Measured
from compliance_service.submissions.gather import Read
from shared.clients.service_client import ServiceClient

Key = tuple[UUID, str, datetime]


def supposing(supposed: Supposed, *, client: ServiceClient, read: Read) -> Read:
    """Reads what `read` reads, and of the supposed point what would be measured."""

    replays = Replays(client, supposed)

    def measured(points: Sequence[UUID], variables: Sequence[str], start: datetime, end: datetime) -> list[Measured]:
        rows = read(points, variables, start, end)
        if supposed.point not in points:
            return rows
        return overlaid(rows, [one for one in replays.of(start, end) if one.variable in variables], supposed.point)

    return measured


def overlaid(rows: Sequence[Measured], others: Sequence[Replayed], point: UUID) -> list[Measured]:
    """By point, variable and time, as they came."""
    found: dict[Key, Measured] = {(row.point, row.variable, row.time): row for row in rows}
    for one in others:
        key = point, one.variable, one.time
        if one.value_after is None:
            found.pop(key, None)
            continue
        value, quality, reasons = one.value_after
        row = found.get(key) or Measured(point, one.variable, one.time, None, 9, (), None, one.time.isoformat())
        found[key] = replace(row, value=value, quality=quality, reasons=reasons)
    return [found[key] for key in sorted(found)]
