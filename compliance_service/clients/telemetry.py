"""What Compliance asks of Telemetry: the measurements of a window, for many points at once."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from shared.clients.service_client import ServiceClient, client_for
from shared.errors import BadAnswer

DATA, AGGREGATE = "/api/telemetry/data/", "/api/telemetry/aggregate/"
LINEAGE, ANSWERS, GAPS = "/api/telemetry/lineage/", "/api/telemetry/answers/", "/api/telemetry/gaps/"
PAGE = 10_000
LINEAGE_PAGE = 1000
MOST_ANSWERS = 100
MOST_POINTS = 200
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Day:
    """A point's day in regulator time. `change` is by how much the variable grew, `highest` its greatest value."""

    point: UUID
    variable: str
    day: date
    change: float | None
    highest: float | None


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


def days(
    client: ServiceClient, *, points: Sequence[UUID], variables: Iterable[str], start: datetime, end: datetime
) -> list[Day]:
    """The days that begin in [start, end), by point, variable and day."""
    rows: list[Day] = []
    for first in range(0, len(points), MOST_POINTS):
        asked = {
            **_asked(points[first : first + MOST_POINTS], variables, start, end),
            "interval": "day",
            "zone": "utc-4",
        }
        rows += _all(client, AGGREGATE, asked, _day)
    return rows


def _some(
    client: ServiceClient, points: Sequence[UUID], variables: Iterable[str], start: datetime, end: datetime
) -> list[Measured]:
    return _all(client, DATA, _asked(points, variables, start, end), _measured)


def _asked(points: Sequence[UUID], variables: Iterable[str], start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "points": ",".join(str(point) for point in points),
        "variables": ",".join(variables),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "limit": PAGE,
    }


def _all(client: ServiceClient, path: str, asked: dict[str, Any], read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Every page."""
    rows: list[T] = []
    while True:
        body = client.get(path, asked)
        try:
            rows += [read(item) for item in body["results"]]
            cursor = body["next"]
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})") from error
        if not cursor:
            return rows
        asked["cursor"] = cursor


def _day(item: Mapping[str, Any]) -> Day:
    return Day(
        point=UUID(item["point"]),
        variable=item["variable"],
        day=date.fromisoformat(item["bucket"]),
        change=None if item["change"] is None else float(item["change"]),
        highest=None if item["max"] is None else float(item["max"]),
    )


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


@dataclass(frozen=True, slots=True)
class Lineage:
    """A page of a point's instants, each with its measurements and raw rows, as Telemetry tells them.

    `configurations` and `meters` are all of the point's: the rows name them.
    """

    instants: Sequence[Mapping[str, Any]]
    configurations: Sequence[Mapping[str, Any]]
    meters: Sequence[Mapping[str, Any]]


def lineage(
    client: ServiceClient, *, point: UUID, variables: Iterable[str], start: datetime, end: datetime
) -> Iterator[Lineage]:
    """Where everything measured in [start, end) comes from, by time, a page after another."""
    asked: dict[str, Any] = {
        "point": str(point),
        "variables": ",".join(variables),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "limit": LINEAGE_PAGE,
    }
    while True:
        body = client.get(LINEAGE, asked)
        try:
            yield Lineage(body["results"], body["configurations"], body["meters"])
            cursor = body["next"]
        except (KeyError, TypeError) as error:
            raise BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})") from error
        if not cursor:
            return
        asked["cursor"] = cursor


@dataclass(frozen=True, slots=True)
class AnswerId:
    """Which bytes of a provider's: their SHA-256 (hex), and what Telemetry keeps them by."""

    sha256: str
    id: str
    received_at: str


def answers(client: ServiceClient, wanted: Sequence[AnswerId]) -> Iterator[tuple[str, bytes]]:
    """By SHA-256 the bytes that providers sent, as they came, in the order of `wanted`; one batch at a time in memory.

    Raises BadAnswer where Telemetry gives other bytes than those, or keeps them no more.
    """
    while wanted:
        some = wanted[:MOST_ANSWERS]
        asked = [{"id": one.id, "received_at": one.received_at} for one in some]
        body = client.ask(ANSWERS, {"answers": asked})
        try:
            found = {said["sha256"]: base64.b64decode(said["body"], validate=True) for said in body["results"]}
            looked_at = int(body["looked_at"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})") from error
        if looked_at < 1:
            raise BadAnswer("telemetry no miró ninguna de las respuestas pedidas")
        for one in some[:looked_at]:
            yield one.sha256, _bytes_of(one, found)
        wanted = wanted[looked_at:]


def _bytes_of(wanted: AnswerId, found: Mapping[str, bytes]) -> bytes:
    body = found.get(wanted.sha256)
    if body is None or hashlib.sha256(body).hexdigest() != wanted.sha256:
        raise BadAnswer(f"telemetry no entregó los bytes de la respuesta {wanted.id} (SHA-256 {wanted.sha256[:12]}…)")
    return body


def gaps(client: ServiceClient, *, points: Sequence[UUID], start: datetime, end: datetime) -> list[Mapping[str, Any]]:
    """What is missing of these points between `start` and `end`, and why, as Telemetry tells it."""
    asked: dict[str, Any] = {
        "points": ",".join(str(point) for point in points),
        "from": start.isoformat(),
        "to": end.isoformat(),
        "limit": LINEAGE_PAGE,
    }
    return _all(client, GAPS, asked, dict)
