"""What is written of a few measurements of a point: one statement a table, to be sent together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np

from shared.db.together import Together
from shared.db.unnest import listed
from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns, instant
from telemetry_service.measurements.days import Figures
from telemetry_service.measurements.latest import SET as NEWER
from telemetry_service.measurements.rollups import FIGURES, RENEW

AT = "timestamptz 'epoch' + {} * interval '1 microsecond'"
SAID = "value, value_text, quality, reasons, source_id, config_version, meter_from"
ROWS = f"""
SELECT variable, {AT.format("at")} AS time, value, value_text, quality, reasons, source_id, config_version,
       {AT.format("meter")} AS meter_from
  FROM unnest(%(variables)s::text[], %(times)s::bigint[], %(values)s::float8[], %(texts)s::text[],
              %(quality)s::int2[], %(reasons)s::int8[], %(sources)s::uuid[], %(versions)s::int4[], %(meters)s::bigint[])
       AS one (variable, at, value, value_text, quality, reasons, source_id, config_version, meter)
"""  # noqa: S608 the names are ours
PAST = f"""
INSERT INTO measurement_past (point_id, variable, time, {SAID}, known_since, known_until)
SELECT point_id, variable, time, {SAID}, known_since, %(now)s FROM measurement
 WHERE point_id = %(point)s AND variable = %(variable)s
   AND time = ANY(SELECT {AT.format("at")} FROM unnest(%(times)s::bigint[]) AS at)
   AND time >= %(first)s AND time <= %(last)s AND known_since < %(now)s
    ON CONFLICT DO NOTHING
"""  # noqa: S608 the names are ours
PUT = f"""
INSERT INTO measurement (point_id, variable, time, {SAID}, known_since)
SELECT %(point)s, variable, time, {SAID}, %(now)s FROM ({ROWS}) said ORDER BY variable, time
    ON CONFLICT (point_id, variable, time) DO UPDATE
   SET {", ".join(f"{name} = excluded.{name}" for name in (*SAID.split(", "), "known_since"))}
"""  # noqa: S608 the names are ours
OF_LATEST = "time, value, value_text, quality, reasons, source_id, config_version"
LATEST = f"""
INSERT INTO measurement_latest AS known (point_id, variable, {OF_LATEST})
SELECT %(point)s, variable, {OF_LATEST} FROM ({ROWS}) said
    ON CONFLICT (point_id, variable) DO UPDATE SET {NEWER} WHERE excluded.time >= known.time
"""  # noqa: S608 the names are ours
MADE = f"""
  FROM unnest(%(variables)s::text[], {{keys}}, %(rows)s::int4[], %(good)s::int4[], %(first)s::float8[],
              %(last)s::float8[], %(min)s::float8[], %(max)s::float8[], %(sum)s::float8[], %(area)s::float8[],
              %(weighed_s)s::float8[], %(before)s::float8[]) AS made (variable, {{names}}, {FIGURES})
"""
HOURS = f"""
INSERT INTO measurement_hourly (point_id, variable, hour, {FIGURES})
SELECT %(point)s, variable, {AT.format("at")}, {FIGURES}
  {MADE.format(keys="%(hours)s::bigint[]", names="at")}
    ON CONFLICT (point_id, variable, hour) DO UPDATE SET {RENEW}
"""
DAYS = f"""
INSERT INTO measurement_daily (point_id, variable, zone, day, {FIGURES})
SELECT %(point)s, variable, zone, day, {FIGURES}
  {MADE.format(keys="%(zones)s::text[], %(days)s::date[]", names="zone, day")}
    ON CONFLICT (point_id, variable, zone, day) DO UPDATE SET {RENEW}
"""


@dataclass(slots=True)
class Writes:
    """Says on `on` what to write. `hours`: variable, hour in µs, figures. `days`: variable, zone, day, figures."""

    point_id: UUID
    now: datetime
    on: Together
    hours: list[tuple[str, int, Figures]] = field(default_factory=list)
    days: list[tuple[str, str, date, Figures]] = field(default_factory=list)

    def past(self, columns: Iterable[Columns]) -> None:
        """What these were before is kept. To be said before `put`."""
        for one in columns:
            first, last = instant(one.times[0]), instant(one.times[-1])
            times = _array(one.times.tolist())
            self._say(PAST, {"variable": one.variable, "times": times, "first": first, "last": last})

    def put(self, columns: Sequence[Columns]) -> None:
        self._say(PUT, _rows(columns))

    def latest(self, columns: Sequence[Columns]) -> None:
        """One row each."""
        if columns:
            self._say(LATEST, _rows(columns))

    def roll_up(self) -> None:
        """Hours and days, when all are named."""
        if self.hours:
            variables, hours, figures = zip(*self.hours, strict=True)
            self._say(HOURS, {"hours": _array(hours), **_figures(variables, figures)})
        if self.days:
            variables, zones, days, figures = zip(*self.days, strict=True)
            self._say(DAYS, {"zones": _array(zones), "days": _array(days), **_figures(variables, figures)})

    def _say(self, statement: str, asked: dict[str, Any]) -> None:
        self.on.execute(statement, {"point": self.point_id, "now": self.now, **asked})


def _rows(columns: Sequence[Columns]) -> dict[str, Any]:
    def joined(name: str, none: float | None = None) -> list[Any]:
        whole = np.concatenate([getattr(one, name) for one in columns]).tolist()
        return whole if none is None else [None if value == none else value for value in whole]

    return {
        "variables": _array(one.variable for one in columns for _ in range(len(one))),
        "times": _array(joined("times")),
        "values": _array(None if value != value else value for value in joined("values")),  # NaN is none
        "texts": [one.texts.get(row) for one in columns for row in range(len(one))],
        "quality": _array(joined("quality")),
        "reasons": _array(joined("reasons")),
        "sources": _array(one.of[source] for one in columns for source in one.sources.tolist()),
        "versions": _array(joined("versions", NO_VERSION)),
        "meters": _array(joined("meters", NEVER)),
    }


def _figures(variables: Sequence[str], figures: Sequence[Figures]) -> dict[str, str]:
    named = {name: _array(getattr(one, name) for one in figures) for name in Figures._fields}
    return {"variables": _array(variables), **named}


def _array(members: Iterable[Any]) -> str:
    return listed("NULL" if one is None else one for one in members)
