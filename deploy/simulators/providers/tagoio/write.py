"""`POST /data`: one record or a list of them becomes part of the device's readings."""

from datetime import UTC, datetime
from typing import Any

from deploy.simulators.providers.tagoio.query import BadArguments
from deploy.simulators.times import epoch_ms
from deploy.simulators.tracks import Point

FORBIDDEN = set("*?!<>.-=$ ")


def read_records(body: Any, *, now: int) -> tuple[dict[str, list[Point]], int]:
    """Points by variable, and how many records there were. One without a value (a place) is counted and not kept."""
    rows = body if isinstance(body, list) else [body]
    points: dict[str, list[Point]] = {}
    for row in rows:
        name = _name(row)
        if row.get("value") is not None:
            points.setdefault(name, []).append((_time(row.get("time"), now), row["value"]))
    return points, len(rows)


def _name(row: Any) -> str:
    name = row.get("variable") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name or FORBIDDEN & set(name):
        raise BadArguments("Invalid variable")
    return name.lower()


def _time(text: object, now: int) -> int:
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadArguments("Invalid time") from None
    return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
