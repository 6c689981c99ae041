"""The readings a device has made, and which of them have happened by now."""

import csv
import gzip
import io
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from deploy.simulators.synthetic import make_rows

DATA = Path(__file__).parent / "data"
Number = int | float
Row = tuple[datetime, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Track:
    """One variable of one device: times in epoch milliseconds, ascending."""

    times: Sequence[int]
    values: Sequence[Number]
    unit: str = ""

    def latest(self, now: int) -> tuple[int, Number] | None:
        index = bisect_right(self.times, now)
        return (self.times[index - 1], self.values[index - 1]) if index else None

    def between(self, start: int, end: int, now: int) -> list[tuple[int, Number]]:
        """Points with start <= time < end that have happened, oldest first."""
        first, last = bisect_left(self.times, start), min(bisect_left(self.times, end), bisect_right(self.times, now))
        return list(zip(self.times[first:last], self.values[first:last], strict=True))


def load_rows(source: Mapping[str, Any]) -> Sequence[Row]:
    """`{"file": packaged name or path}` or `{"synthetic": kind, "seed", "start", "hours"}`."""
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


def make_track(rows: Sequence[Row], column: str, *, scale: str, unit: str, every_s: int) -> Track:
    """A reading that is not there makes no point: an empty field is not a zero."""
    points = {
        epoch_ms(at): _number(Decimal(row[column]) * Decimal(scale))
        for at, row in rows
        if row[column] != "" and not (every_s and int(at.timestamp()) % every_s)
    }
    times = sorted(points)
    return Track(times=times, values=[points[time] for time in times], unit=unit)


def epoch_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def from_epoch_ms(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def iso_ms(at: int) -> str:
    """2026-09-30T17:44:00.000Z"""
    return from_epoch_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else float(value)
