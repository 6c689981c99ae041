"""What Compliance asks of Telemetry: the measurements of a window, for many points at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from shared.clients.service_client import ServiceClient, client_for
from shared.errors import BadAnswer

DATA = "/api/telemetry/data/"
PAGE = 10_000
MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """`quality`: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing."""

    point: UUID
    variable: str
    time: datetime
    value: float | None
    quality: int
    reasons: tuple[str, ...]
    config_version: int | None  # None: of a point without any configuration
    known_since: str


def telemetry() -> ServiceClient:
    return client_for("telemetry", settings.TELEMETRY_URL)


def measurements(
    client: ServiceClient, *, points: Sequence[UUID], variables: Iterable[str], start: datetime, end: datetime
) -> list[Measured]:
    """Everything measured in [start, end), ordered by point, variable and time."""
    rows: list[Measured] = []
    for first in range(0, len(points), MOST_POINTS):
        rows += _some(client, points[first : first + MOST_POINTS], variables, start, end)
    return rows


def _some(
    client: ServiceClient, points: Sequence[UUID], variables: Iterable[str], start: datetime, end: datetime
) -> list[Measured]:
    asked: dict[str, Any] = {
        "points": ",".join(str(point) for point in points),
        "variables": ",".join(variables),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "limit": PAGE,
    }
    rows: list[Measured] = []
    while True:
        body = client.get(DATA, asked)
        try:
            rows += [_measured(item) for item in body["results"]]
            cursor = body["next"]
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})") from error
        if not cursor:
            return rows
        asked["cursor"] = cursor


def _measured(item: Mapping[str, Any]) -> Measured:
    return Measured(
        point=UUID(item["point"]),
        variable=item["variable"],
        time=datetime.fromisoformat(item["time"]),
        value=None if item["value"] is None else float(item["value"]),
        quality=int(item["quality"]),
        reasons=tuple(item["reasons"]),
        config_version=item["config_version"],
        known_since=item["known_since"],
    )
