"""What Compliance asks of Telemetry before a correction is made: what would be measured otherwise, dry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

REPLAY = "/api/telemetry/replay/"
MOST_ROWS = 10_000
# So much is made anew, and so much of it compared, in a fraction of the time that is waited for an answer, where there
# is a reading a minute (`bench suppose`).
STEP, PIECE = timedelta(days=31), timedelta(days=4)
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


@dataclass(frozen=True, slots=True)
class Reached:
    """Where Telemetry got to: a question about what lies at or after `goes_on_from` brings `token`."""

    goes_on_from: datetime
    token: str


class Replays:
    """What a supposition would make otherwise, window by window. A question goes on from where an earlier one got to.

    Telemetry makes all anew from when the configuration would hold. What lies far from there is come to in steps, so
    that no question takes longer than a step does, however many years back the supposition goes.
    """

    def __init__(self, client: ServiceClient, supposed: Supposed) -> None:
        self._client, self._supposed = client, supposed
        self._reached = [Reached(supposed.valid_from, "")]

    def of(self, start: datetime, end: datetime) -> list[Replayed]:
        """All of [start, end) that differ, by time. Raises Refused where Telemetry cannot take the configuration."""
        self._come_to(start)
        return [row for low, high in _parts(start, end) for row in self._in_halves(low, high)]

    def _come_to(self, start: datetime) -> None:
        while start - (low := self._behind(start).goes_on_from) > STEP:
            # Only to come there: of what is made on the way nothing is compared but the last.
            self._ask(low + STEP - SHORTEST, low + STEP, limit=1)
            # Also where nothing was settled, as without readings: the next step goes on from the one before.
            self._reached.append(Reached(low + STEP, self._behind(low + STEP).token))

    def _in_halves(self, start: datetime, end: datetime) -> list[Replayed]:
        body = self._ask(start, end, limit=MOST_ROWS)
        try:
            count = int(body["new"]) + int(body["changed"]) + int(body["gone"])
            rows = [_row(row) for row in body["rows"]]
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(error) from error
        if count == len(rows):
            return rows
        # More than an answer holds.
        if end - start <= SHORTEST:
            raise BadAnswer(f"telemetry dice {count} diferencias y muestra {len(rows)}")
        middle = start + (end - start) / 2
        return [*self._in_halves(start, middle), *self._in_halves(middle, end)]

    def _ask(self, start: datetime, end: datetime, *, limit: int) -> dict[str, Any]:
        asked = {
            "point": str(self._supposed.point),
            "from": start.isoformat(),
            "to": end.isoformat(),
            "suppose": {"config": dict(self._supposed.config), "valid_from": self._supposed.valid_from.isoformat()},
            "limit": limit,
        }
        token = self._behind(start).token
        body = self._client.post(REPLAY, asked | ({"resume": token} if token else {}))
        try:
            if said := body["resume"]:
                self._reached.append(Reached(datetime.fromisoformat(said["from"]), said["token"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(error) from error
        return body

    def _behind(self, start: datetime) -> Reached:
        """The furthest from which a question about what lies at or after `start` can go on."""
        before = [one for one in self._reached if one.goes_on_from <= start]
        return max(before, key=lambda one: one.goes_on_from, default=Reached(start, ""))


def _parts(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + PIECE, end)
        start += PIECE


def _unreadable(error: Exception) -> BadAnswer:
    return BadAnswer(f"telemetry respondió datos ilegibles ({type(error).__name__}: {error})")


def _row(said: Mapping[str, Any]) -> Replayed:
    after = said["after"]
    value = None if after is None else (_number(after["value"]), int(after["quality"]), tuple(after["reasons"]))
    return Replayed(said["variable"], datetime.fromisoformat(said["time"]), value)


def _number(said: Any) -> float | None:
    return None if said is None else float(said)
