"""TagoIO's records: a value, or a place without one."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.simulators.scenario import Locations, Thing
from deploy.simulators.times import iso_ms
from deploy.simulators.tracks import Track, Value


@dataclass(frozen=True, slots=True)
class Record:
    """`value` is None in one that only says where the device is."""

    variable: str
    time: int
    seen: int
    number: int
    value: Value | None
    unit: str = ""


def records_of(variable: str, track: Track, start: int, end: int, now: int, *, newest_first: bool) -> Iterator[Record]:
    """start <= time < end. A reading that is there twice is two records, each with its own id."""
    last, number = None, 0
    for time, value in track.between(start, end, now, newest_first=newest_first):
        number = number + 1 if time == last else 0
        last = time
        yield Record(variable, time, track.seen_at(time), number, value, track.unit)


def places_of(variable: str, track: Track, where: Locations, start: int, end: int, now: int) -> list[Record]:
    """The places told after the readings, oldest first."""
    every, after = where.every_s * 1000, where.after_s * 1000
    times = [time + after for time, _ in track.between(start - after, end - after, now - after) if time % every == 0]
    return [Record(variable, time, time, 0, None) for time in times]


def device_id(thing: Thing) -> str:
    return digest(thing.name)


def as_json(record: Record, thing: Thing, *, details: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": digest(
            f"{thing.name}|{record.variable}|{record.time}|{record.number or ''}|{record.value is None or ''}"
        ),
        "device": device_id(thing),
        "variable": record.variable,
    }
    if record.value is None:
        row |= {"location": _point(thing.locations or Locations(1)), "group": str(record.time)}
    else:
        row |= {"value": record.value, "unit": record.unit, "group": str(record.time)}
    row["time"] = iso_ms(record.time)
    return row | ({"created_at": iso_ms(record.seen)} if details else {})


def _point(where: Locations) -> Mapping[str, Any]:
    return {"type": "Point", "coordinates": [where.lng, where.lat]}


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
