"""Derived measurements: a composite work of three wells by the minute, made whole and after one late row; and a page of
groups that a schema makes, beside reading the same measurements.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import say
from tests.benchmarks.telemetry_database import NOW, START, telemetry_database

WELLS, DAYS, PAGE = 3, 60, 1000
MINUTES = DAYS * 1440
# A minute in five hundred is missing of each, not the same one: what is held is held somewhere.
MEASURED = """
INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, known_since)
SELECT %(point)s, %(variable)s, %(start)s::timestamptz + n * interval '1 minute', 1 + n %% 97 * 0.01, 1, 0, %(point)s,
       %(now)s
  FROM generate_series(0, %(count)s - 1) n WHERE n %% 500 <> %(skip)s
"""
READ = """
SELECT found.* FROM unnest(%s::text[]) AS asked (variable)
 CROSS JOIN LATERAL (
       SELECT time, variable, value, quality, reasons FROM measurement
        WHERE point_id = %s AND variable = asked.variable AND time >= %s ORDER BY time LIMIT %s) found
"""


def main() -> None:
    with telemetry_database():
        from django.db import connection

        from telemetry_service.measurements.store import make_partitions

        make_partitions(START + timedelta(days=day) for day in range(DAYS + 1))
        wells = [_point(number, {}) for number in range(1, WELLS + 1)]
        members = [{"point": str(well)} for well in wells]
        formula = {"flow_m3_h": {"formula": "flow * 3.6", "unit": "m3/h"}}
        hold = {"members": members, "missing": "hold", "hold_s": 300}
        _point(WELLS + 1, {"composite": {"flow": hold}, "virtual_variables": formula})
        for skip, well in enumerate(wells):
            _fill(well, "flow", skip=skip)
        for variable in ("level", "water_table"):
            _fill(wells[0], variable, skip=0)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE measurement")
        _derived(wells[0])
        _groups(wells[0])


def _derived(well: UUID) -> None:
    from django.db import connection

    from telemetry_service.virtual.operations import process_derived

    made, whole = _timed(lambda: process_derived(NOW))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE measurement")  # as autovacuum does after so many new rows
    late = []
    for turn in range(5):
        _late(well, minute=MINUTES // 2 + turn * 777)
        changed, seconds = _timed(lambda: process_derived(NOW))
        late.append(seconds)
        if not changed:
            raise AssertionError("a late row changed nothing")
    sys.stdout.write(
        f"PostgreSQL runs without fsync. {WELLS} wells, {DAYS} days of minutes, a formula over their sum.\n"
    )
    say("derived measurements", made / whole, "rows/s")
    say("made whole", whole, "s")
    say("one late row, the best of five", 1000 * min(late), "ms")
    say("one late row, of the whole", 100 * min(late) / whole, "%", at_most=1)


def _groups(well: UUID) -> None:
    from django.db import connection

    from telemetry_service.measurements.queries import units
    from telemetry_service.schemas.grouping import layout_of
    from telemetry_service.schemas.models import TelemetrySchema
    from telemetry_service.schemas.queries import Wanted, groups

    names = ["flow", "level", "water_table"]
    fields = {"drawdown": {"formula": "water_table - 12.5"}, "capacity": {"formula": "flow / drawdown"}}
    schema = TelemetrySchema(name="x", schema_type="DASHBOARD", variables=names, calculated_fields=fields)
    layout = layout_of(schema, units=units())
    wanted = Wanted([well], START + timedelta(days=30), None)

    def read() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(READ, [names, well, wanted.start, PAGE])
            return cursor.fetchall()

    plain = min(_timed(read)[1] for _ in range(5))
    grouped = min(_timed(lambda: groups(layout, wanted, after=None, limit=PAGE))[1] for _ in range(5))
    say(f"{PAGE} groups of 3 variables and 2 fields", 1000 * grouped, "ms")
    say("groups, of reading the measurements", grouped / plain, "×", at_most=5)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def _point(number: int, config: dict[str, Any]) -> UUID:
    from telemetry_service.points.models import Point, PointConfig

    point_id = UUID(int=number)
    point = Point.objects.create(
        id=point_id, code=f"B-{number}", name="Pozo", point_type="WELL", status="active", updated_at=NOW
    )
    PointConfig.objects.create(point=point, version=1, valid_from=None, config=config)
    return point_id


def _fill(point_id: UUID, variable: str, *, skip: int) -> None:
    from django.db import connection

    asked: dict[str, Any] = {"point": point_id, "variable": variable, "start": START, "now": NOW, "count": MINUTES}
    with connection.cursor() as cursor:
        cursor.execute(MEASURED, asked | {"skip": skip})


def _late(point_id: UUID, *, minute: int) -> None:
    from django.db import transaction

    from telemetry_service.measurements.store import merge
    from telemetry_service.virtual.backlog import note_changed

    at = START + minute * timedelta(minutes=1)
    with transaction.atomic():
        merge([(point_id, "flow", at, 9.5, None, 1, 0, point_id, None, None)], now=NOW)
        note_changed(now=NOW)


if __name__ == "__main__":
    main()
