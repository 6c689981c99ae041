"""What a device's data source holds, made into tracks as the scenario says."""

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from deploy.simulators.minutely import minute_column, minute_times
from deploy.simulators.synthetic import make_rows
from deploy.simulators.times import FOREVER, Span, epoch_ms, inside, read_ms, read_span
from deploy.simulators.tracks import Number, Track, Value

DATA = Path(__file__).parent / "data"
DAY_MS = 86_400_000
Row = tuple[datetime, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Key:
    """What a scenario says of one variable; `forced` is a value in a span, whatever the meter reads."""

    column: str
    unit: str = ""
    scale: Decimal = Decimal(1)
    add: Decimal = Decimal(0)
    shape: str = "number"
    reset_ms: int = FOREVER
    forced: tuple[tuple[Span, Value], ...] = ()


def read_key(
    *,
    column: str,
    unit: str = "",
    scale: str = "1",
    add: str = "0",
    shape: str = "number",
    reset_at: str | None = None,
    forced: Sequence[Mapping[str, Any]] = (),
) -> Key:
    """Raises TypeError for a member that does not exist, ValueError for one that cannot be read."""
    if shape not in SHAPES:
        raise ValueError(f"{shape}: a value is one of {', '.join(SHAPES)}")
    return Key(
        column=column,
        unit=unit,
        scale=Decimal(scale),
        add=Decimal(add),
        shape=shape,
        reset_ms=read_ms(reset_at) if reset_at else FOREVER,
        forced=tuple((read_span(row.get("from"), row.get("to")), row["value"]) for row in forced),
    )


def load_tracks(source: Mapping[str, Any], keys: Mapping[str, Key], *, every_s: int = 0) -> dict[str, Track]:
    """`{"file": packaged name or path}` or `{"synthetic": kind, "seed", "start", "hours" or "minutes"}`."""
    if source.get("synthetic") == "minutes":
        start, count = read_ms(source["start"]), source["minutes"]
        step = max(every_s // 60, 1)
        return {name: _computed(key, source["seed"], start, count, step) for name, key in keys.items()}
    rows = load_rows(source)
    return {name: make_track(rows, key, every_s=every_s) for name, key in keys.items()}


def load_rows(source: Mapping[str, Any]) -> Sequence[Row]:
    if "synthetic" in source:
        return make_rows(
            source["synthetic"],
            seed=source["seed"],
            start=datetime.fromisoformat(source["start"]),
            hours=source["hours"],
        )
    return _read_csv(source["file"])


@lru_cache(maxsize=4)
def _read_csv(name: str) -> Sequence[Row]:
    path = DATA / name if (DATA / name).exists() else Path(name)
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(raw.decode()))
    return [(datetime.fromisoformat(row["measured_at"]).astimezone(UTC), row) for row in rows]


def make_track(rows: Sequence[Row], key: Key, *, every_s: int = 0) -> Track:
    """A reading that is not there makes no point: an empty field is not a zero."""
    points = {
        epoch_ms(at): _number(Decimal(_field(row, key.column, epoch_ms(at))) * key.scale + key.add)
        for at, row in rows
        if _field(row, key.column, 0) != "" and not (every_s and int(at.timestamp()) % every_s)
    }
    times = sorted(points)
    return Track(times=times, values=_treated(times, [points[time] for time in times], key), unit=key.unit)


def _field(row: Mapping[str, str], column: str, at: int) -> str:
    return str(HOUSEKEEPING[column](at)) if column in HOUSEKEEPING else row[column]


def _computed(key: Key, seed: int, start: int, count: int, step: int) -> Track:
    times = minute_times(start, count)[::step]
    if key.column in HOUSEKEEPING:
        values: Sequence[Value] = [HOUSEKEEPING[key.column](time) for time in times]
    else:
        values = minute_column(key.column, seed=seed, count=count, step=step, scale=key.scale, add=key.add)
    is_plain = key.shape == "number" and key.reset_ms == FOREVER and not key.forced
    return Track(times=times, values=values if is_plain else _treated(times, values, key), unit=key.unit)


def _treated(times: Sequence[int], values: Sequence[Any], key: Key) -> list[Value]:
    """The counter that began again, the forced values, and the shape that the provider gives them."""
    if key.shape == "number" and key.reset_ms == FOREVER and not key.forced:
        return list(values)
    before = [value for time, value in zip(times, values, strict=True) if time < key.reset_ms]
    base = before[-1] if before and len(before) < len(times) else 0
    shape = SHAPES[key.shape]
    treated: list[Value] = []
    for time, value in zip(times, values, strict=True):
        span = inside(time, (span for span, _ in key.forced))
        read = round(value - base, 6) if base and time >= key.reset_ms else value
        treated.append(shape(dict(key.forced)[span] if span else read))
    return treated


def _number(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else float(value)


def _battery(at: int) -> int:
    """Percent: a hundred days from full to a fifth, and charged again."""
    return 100 - at // DAY_MS % 100 * 80 // 100


def _signal(at: int) -> int:
    """dBm, between -60 and -100."""
    return -60 - at // 60_000 * 7919 % 41


# What any device can tell of itself, in any data source.
HOUSEKEEPING = {"battery": _battery, "signal": _signal}
# How a value is written: `object` is as a provider stores what was sent as one.
SHAPES: Mapping[str, Callable[[Any], Value]] = {
    "number": lambda value: value,
    "string": str,
    "object": lambda value: {"value": value},
    "bool": bool,
}
