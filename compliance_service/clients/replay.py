"""What Compliance asks of Telemetry before a correction is made: what would be measured otherwise, dry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

REPLAY = "/api/telemetry/replay/"
MOST_ROWS = 10_000
# No question is shorter than what one instant's measurements need.
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Supposed:
    """`config`: as Core would take it, of `point`; it holds from `valid_from` to the point's next version."""

    point: UUID
    config: Mapping[str, Any]
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """A measurement that would be another. `value_after`: its value, quality and reasons; None where it would go."""

    variable: str
    time: datetime
    value_after: tuple[float | None, int, tuple[str, ...]] | None


def replayed(client: ServiceClient, supposed: Supposed, *, start: datetime, end: datetime) -> list[Replayed]:
    """All of [start, end) that differ, by time. Raises Refused where Telemetry cannot take the configuration."""
    asked = {
        "point": str(supposed.point),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "suppose": {"config": dict(supposed.config), "valid_from": supposed.valid_from.isoformat()},
        "limit": MOST_ROWS,
    }
    body = client.post(REPLAY, asked)
    try:
        count = int(body["new"]) + int(body["changed"]) + int(body["gone"])
        rows = [_row(row) for row in body["rows"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})") from error
    if count == len(rows):
        return rows
    # More than an answer holds: in two halves.
    if end - start <= SHORTEST:
        raise BadAnswer(f"telemetry dice {count} diferencias y muestra {len(rows)}")
    middle = start + (end - start) / 2
    return [
        row for low, high in ((start, middle), (middle, end)) for row in replayed(client, supposed, start=low, end=high)
    ]


def _row(said: Mapping[str, Any]) -> Replayed:
    after = said["after"]
    value = None if after is None else (_number(after["value"]), int(after["quality"]), tuple(after["reasons"]))
    return Replayed(said["variable"], datetime.fromisoformat(said["time"]), value)


def _number(said: Any) -> float | None:
    return None if said is None else float(said)
