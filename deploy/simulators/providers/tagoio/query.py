"""`GET /data`: which records, how many, in which order; providers.md §4.3 to §4.5."""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from deploy.simulators.providers.tagoio.records import Record, as_json, places_of, records_of
from deploy.simulators.scenario import Thing
from deploy.simulators.times import FOREVER, epoch_ms, iso_ms
from deploy.simulators.tracks import Track

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

DEFAULT_QTY = 15
MOST_QTY = 10_000
VARIABLES = re.compile(r"variables?(\[\d*\])?")
RELATIVE = re.compile(r"(\d+) ?(minute|hour|day|week|month|year)s?")
DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
# `item` is any record, `value` one that has a value; `insert` goes by when it came, not by its own time.
ENDS = re.compile(r"(last|first)_(item|value|location|insert)")
FOLDS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "count": len,
    "min": min,
    "max": max,
    "avg": statistics.fmean,
    "sum": sum,
}


class BadArguments(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Query:
    variables: tuple[str, ...]
    kind: str
    arguments: "MultiDict[str, str]"

    def instant(self, name: str, now: datetime, default: int) -> int:
        """ISO, `YYYY-MM-DD HH:MM:SS` in UTC, or how long ago (`1 day`)."""
        text = self.arguments.get(name)
        if not text:
            return default
        ago = RELATIVE.fullmatch(text)
        if ago:
            return epoch_ms(now - timedelta(days=int(ago[1]) * DAYS[ago[2]]))
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise BadArguments(f"{text} is not a date") from None
        return epoch_ms(at if at.tzinfo else at.replace(tzinfo=UTC))

    def count(self, name: str, default: int) -> int:
        text = self.arguments.get(name, str(default))
        if not text.isdecimal():
            raise BadArguments(f"{name} is not a number")
        return int(text)

    @property
    def newest_first(self) -> bool:
        return self.arguments.get("ordination") != "ascending"

    @property
    def details(self) -> bool:
        return "true" in (self.arguments.get("details"), self.arguments.get("detail"))


def read_query(arguments: "MultiDict[str, str]") -> Query:
    """`variable`, `variables`, `variable[]`, `variables[0]`: all are sent by clients in use."""
    variables = [value for name, value in arguments.items(multi=True) if VARIABLES.fullmatch(name)]
    return Query(tuple(variables), arguments.get("query", "default"), arguments)


def find(query: Query, thing: Thing, tracks: Mapping[str, Track], now: datetime) -> object:
    """The `result`: a list of records, or a number for `count`. Raises BadArguments."""
    # The platform stores names in lower case and finds nothing under any other spelling.
    names = {key.lower(): track for key, track in tracks.items()}
    wanted = {name: names[name] for name in query.variables or names if name in names}
    start, end = query.instant("start_date", now, -FOREVER), query.instant("end_date", now, FOREVER - 1) + 1
    span = (start, end, epoch_ms(now))
    if query.kind in ("default", "aggregate"):
        return _list(query, thing, wanted, span)
    if query.kind in FOLDS:
        return _folded(query, wanted, span)
    if ENDS.fullmatch(query.kind):
        found = (_end(query.kind, thing, name, track, span) for name, track in wanted.items())
        return [as_json(record, thing, details=query.details) for record in found if record]
    raise BadArguments(f"query {query.kind} is not simulated")


def _list(query: Query, thing: Thing, wanted: Mapping[str, Track], span: tuple[int, int, int]) -> list[dict[str, Any]]:
    if query.kind == "aggregate":
        return [row for name, track in wanted.items() for row in _aggregate(query, name, track, span)]
    # Both count for each variable.
    skip, quantity = query.count("skip", 0), min(query.count("qty", DEFAULT_QTY), MOST_QTY)
    rows: list[Record] = []
    for name, track in wanted.items():
        rows += _all(thing, name, track, span, newest_first=query.newest_first, most=skip + quantity)[skip:]
    rows.sort(key=lambda record: record.time, reverse=query.newest_first)
    return [as_json(record, thing, details=query.details) for record in rows]


def _all(
    thing: Thing, name: str, track: Track, span: tuple[int, int, int], *, newest_first: bool, most: int | None = None
) -> list[Record]:
    """Values and places in one order. Without places no more is read than is wanted."""
    limit = most if thing.locations is None else None
    points = track.between(*span, newest_first=newest_first, limit=limit)
    if not points:
        return []
    start, end = (points[-1][0], points[0][0]) if newest_first else (points[0][0], points[-1][0])
    values = list(records_of(name, track, start, end + 1, span[2], newest_first=newest_first))
    if thing.locations is None:
        return values[:most]
    places = places_of(name, track, thing.locations, *span)
    return sorted([*values, *places], key=lambda record: record.time, reverse=newest_first)[:most]


def _end(kind: str, thing: Thing, name: str, track: Track, span: tuple[int, int, int]) -> Record | None:
    last, what = kind.split("_")
    newest_first = last == "last"
    if what == "value" or (what in ("item", "insert") and thing.locations is None):
        point = track.between(*span, newest_first=newest_first, limit=1)
        found = (
            list(records_of(name, track, point[0][0], point[0][0] + 1, span[2], newest_first=False)) if point else []
        )
        return found[0] if found else None
    records = _all(thing, name, track, span, newest_first=newest_first)
    if what == "location":
        records = [record for record in records if record.value is None]
    if what == "insert":
        records.sort(key=lambda record: record.seen, reverse=newest_first)
    return records[0] if records else None


def _folded(query: Query, wanted: Mapping[str, Track], span: tuple[int, int, int]) -> object:
    if query.kind in ("avg", "sum") and not query.arguments.get("start_date"):
        raise BadArguments(f"{query.kind} needs start_date")
    values = {name: _numbers(track, span) for name, track in wanted.items()}
    if query.kind == "count":
        return sum(len(found) for found in values.values())
    fold = FOLDS[query.kind]
    return [{"variable": name, "value": fold(found)} for name, found in values.items() if found]


def _aggregate(query: Query, name: str, track: Track, span: tuple[int, int, int]) -> list[dict[str, Any]]:
    """One value for each hour or day, named by its beginning."""
    fold, step = FOLDS.get(query.arguments.get("function", "")), query.arguments.get("interval", "")
    if fold is None or step not in DAYS:
        raise BadArguments("aggregate needs interval and function")
    size = round(DAYS[step] * 86_400_000)
    buckets: dict[int, list[float]] = {}
    for time, value in track.between(*span):
        if isinstance(value, int | float):
            buckets.setdefault(time // size * size, []).append(float(value))
    rows = [{"variable": name, "time": iso_ms(time), "value": fold(found)} for time, found in buckets.items()]
    return rows[::-1] if query.newest_first else rows


def _numbers(track: Track, span: tuple[int, int, int]) -> list[float]:
    return [float(value) for _, value in track.between(*span) if isinstance(value, int | float)]
