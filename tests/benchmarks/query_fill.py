"""What `bench query` reads: years of half-hours of many points, roll-ups and latest values, and the same rows again in
the layout of the specification (`shared/spec`: a surrogate key, JSON beside the number, three indexes of its own and
those that Django makes for its foreign keys).

Ours lie as `pack_months` leaves months that are over: in the order of their key. The specification's lie as they
arrived, all series of an instant beside each other; its indexes are made at the end, so they are as dense as can be.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from shared.db.packing import pack_before
from shared.db.partitions import ensure_months, partitions_before
from shared.db.pieces import next_month

FIRST, YEARS = date(2024, 1, 1), 2
LAST = date(FIRST.year + YEARS, 1, 1)
MINUTES_OF = date(2025, 1, 1)
VARIABLES = ("flow", "level", "total")
A_YEAR = 17_520 * len(VARIABLES)  # rows of a point
LATEST_OF = 1000
MINUTE_POINT = UUID(int=1)
PACKED = ("measurement", "measurement_hourly")
FIGURES = "count, good, first, last, min, max, sum, area, weighed_s, before"
SERIES = """
CREATE TABLE bench_series AS
SELECT md5('p' || n)::uuid AS point_id, variable, n, md5('s' || n)::uuid AS source_id
  FROM generate_series(1, %(points)s) n CROSS JOIN unnest(%(variables)s) variable
"""
VALUE = "1.25 * (n %% 17) + 0.125 * extract(hour FROM at)::float8"
TIMES = "generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 second', {every}) at"
EACH = """
 CROSS JOIN LATERAL (SELECT * FROM bench_series WHERE n <= %(points)s OFFSET 0) series
"""
MEASURED = f"""
INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, config_version, known_since)
SELECT point_id, variable, at, {VALUE}, CASE WHEN n %% 50 = extract(day FROM at) THEN 3 ELSE 1 END, 0, source_id, 1,
       at + interval '2 minutes'
  FROM {TIMES.format(every="'30 minutes'")} {EACH}
"""
HOURS = f"""
INSERT INTO measurement_hourly (point_id, variable, hour, {FIGURES})
SELECT point_id, variable, at, 2, 2, 10 + n %% 5, 11, 10, 11, 21, 36000, 3600, 9.5
  FROM {TIMES.format(every="'1 hour'")} {EACH}
"""
MINUTES = """
INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, config_version, known_since)
SELECT %(point)s, 'flow', at, 10 + 5 * sin(extract(epoch FROM at)::float8 / 70000), 1, 0, %(point)s, 1, at
  FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 second', '1 minute') at
"""
LATEST = """
INSERT INTO measurement_latest (point_id, variable, time, value, quality, reasons, source_id, config_version)
SELECT point_id, variable, %(end)s, 12.345, 1, 0, source_id, 1 FROM bench_series ORDER BY md5(n || variable)
"""
SPECIFIED = """
CREATE TABLE bench_point (id bigserial PRIMARY KEY, uuid uuid NOT NULL UNIQUE);
INSERT INTO bench_point (uuid) SELECT DISTINCT point_id FROM bench_series;
CREATE TABLE bench_variable (id bigserial PRIMARY KEY, code varchar(40) NOT NULL UNIQUE);
INSERT INTO bench_variable (code) SELECT DISTINCT variable FROM bench_series;
CREATE TABLE telemetry_measurement (
    id bigserial, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    point_id bigint NOT NULL, variable_id bigint NOT NULL, "timestamp" timestamptz NOT NULL,
    value_numeric numeric(15, 6), value_text text, value_boolean boolean, raw_value jsonb NOT NULL,
    quality_score double precision NOT NULL, provider varchar(50) NOT NULL, processing_config jsonb NOT NULL)
"""
ARRIVED = f"""
INSERT INTO telemetry_measurement (created_at, updated_at, point_id, variable_id, "timestamp", value_numeric, raw_value,
                                   quality_score, provider, processing_config)
SELECT at + interval '2 minutes', at + interval '2 minutes', p, v, at, {VALUE},
       jsonb_build_object('value', {VALUE}, 'unit', 'L/s'), 1, 'tdata', '{{"version": 1}}'
  FROM {TIMES.format(every="'30 minutes'")}
 CROSS JOIN LATERAL (SELECT bench_point.id AS p, bench_variable.id AS v, n
                       FROM bench_series JOIN bench_point ON uuid = point_id JOIN bench_variable ON code = variable
                      WHERE n <= %(points)s OFFSET 0) series
"""
INDEXES = """
SET maintenance_work_mem = '1GB';
ALTER TABLE telemetry_measurement ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (point_id) REFERENCES bench_point, ADD FOREIGN KEY (variable_id) REFERENCES bench_variable;
CREATE INDEX ON telemetry_measurement (point_id, variable_id, "timestamp" DESC);
CREATE INDEX ON telemetry_measurement ("timestamp", provider);
CREATE INDEX ON telemetry_measurement (variable_id, "timestamp" DESC);
CREATE INDEX ON telemetry_measurement (point_id);
CREATE INDEX ON telemetry_measurement (variable_id);
CREATE INDEX ON telemetry_measurement ("timestamp")
"""


def points_of(rows: int) -> int:
    return max(1, rows // (A_YEAR * YEARS))


def fill(rows: int) -> None:
    """Both layouts at once, each by a connection of its own. The tables are there, and empty."""
    for table in PACKED:
        ensure_months(connection, table, FIRST, LAST)
    with closing(_opened()) as opened:
        _run(opened, SERIES, points=LATEST_OF, variables=list(VARIABLES))
        _run(opened, LATEST, end=_midnight(LAST))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(layout, points_of(rows)) for layout in (_fill_ours, _fill_specified)]:
            done.result()


def is_filled() -> bool:
    return "bench_series" in connection.introspection.table_names()


def _fill_ours(points: int) -> None:
    with closing(_opened()) as opened:
        for span in _months():
            _run(opened, MEASURED, points=points, **span)
            _run(opened, HOURS, points=points, **span)
        minutes = {"start": _midnight(MINUTES_OF), "end": _midnight(date(MINUTES_OF.year + 1, 1, 1))}
        _run(opened, MINUTES, point=MINUTE_POINT, **minutes)
        _run(opened, "SET maintenance_work_mem = '1GB'")
        for table in PACKED:
            pack_before(opened, table, LAST)
        for table in (*PACKED, "measurement_latest"):
            _run(opened, f"VACUUM (FREEZE, ANALYZE) {table}")


def _fill_specified(points: int) -> None:
    with closing(_opened()) as opened:
        _run(opened, SPECIFIED)
        for span in _months():
            _run(opened, ARRIVED, points=points, **span)
        for statement in INDEXES.split(";\n"):
            _run(opened, statement)
        _run(opened, "VACUUM (FREEZE, ANALYZE) telemetry_measurement")


def of_the_second_year() -> list[tuple[str, str]]:
    """Table and partition of all that came when the history doubled."""
    second = date(FIRST.year + 1, 1, 1)
    return [
        (table, child)
        for table in PACKED
        for child in sorted(
            {*partitions_before(connection, table, LAST)} - {*partitions_before(connection, table, second)}
        )
    ]


def _months() -> list[dict[str, datetime]]:
    month, spans = FIRST, []
    while month < LAST:
        spans.append({"start": _midnight(month), "end": _midnight(next_month(month))})
        month = next_month(month)
    return spans


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _opened() -> BaseDatabaseWrapper:
    """Another connection to the same database, for the thread that asks."""
    return connection.copy()


def _run(opened: BaseDatabaseWrapper, statement: str, **asked: object) -> None:
    with opened.cursor() as cursor:
        cursor.execute(statement, asked or None)
