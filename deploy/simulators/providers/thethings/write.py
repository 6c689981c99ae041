"""`POST /v2/things/{token}`: what a device sends becomes part of its readings; providers.md §5.4."""

from typing import Any

from deploy.simulators.providers.thethings.arguments import BadArguments, read_instant
from deploy.simulators.tracks import Point


def read_values(body: Any, *, now: int) -> dict[str, list[Point]]:
    """`{"values": [{"key", "value", "datetime"?}]}` or the bare array. Without `datetime` it is now."""
    rows = body.get("values") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise BadArguments("Invalid values")
    points: dict[str, list[Point]] = {}
    for row in rows:
        points.setdefault(row["key"], []).append((read_instant(str(row.get("datetime") or ""), now), row["value"]))
    return points


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("key"), str) and row.get("value") is not None
