"""What `bench query` reads: years of half-hours of many points, roll-ups and latest values, and the same rows again in
the layout of the specification (`shared/spec`: a surrogate key, JSON beside the number, three indexes of its own and
those that Django makes for its foreign keys).
"""

from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection

from shared.db.packing import pack_before
from shared.db.partitions import ensure_months
from shared.db.pieces import next_month

FIRST, YEARS = date(2024, 1, 1), 2
MINUTES_OF = date(2025, 1, 1)
VARIABLES = ("flow", "level", "total")
A_YEAR = 17_520 * len(VARIABLES)  # rows of a point
LATEST_OF = 1000
MINUTE_POINT = UUID(int=1)
FIGURES = "count, good, first, last, min, max, sum, area, weighed_s, before"
SERIES = """
CREATE TABLE bench_series AS
SELECT md5('p' || n)::uuid AS point_id, variable, n, md5('s' || n)::uuid AS source_id
  FROM generate_series(1, %(points)s) n CROSS JOIN unnest(%(variables)s) variable
"""
# In the order of arrival: all series of an instant beside each other, as collection writes them.
MEASURED = """
INSERT INTO measurement (point_id, variable, time, value, quality, reasons, source_id, config_version, known_since)
SELECT point_id, variable, at, 1.25 * (n %% 17) + 0.125 * extract(hour FROM at)::float8,
       CASE WHEN n %% 50 = extract(day FROM at) THEN 3 ELSE 1 END, 0, source_id, 1, at + interval '2 minutes'
  FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 second', '30 minutes') at
 CROSS JOIN LATERAL (SELECT * FROM bench_series WHERE n <= %(points)s OFFSET 0) series
"""
HOURS = f"""
INSERT INTO measurement_hourly (point_id, variable, hour, {FIGURES})
SELECT point_id, variable, at, 2, 2, 10 + n %% 5, 11, 10, 11, 21, 36000, 3600, 9.5
  FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 second', '1 hour') at
 CROSS JOIN LATERAL (SELECT * FROM bench_series WHERE n <= %(points)s OFFSET 0) series
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
    quality_score double precision NOT NULL, provider varchar(50) NOT NULL, processing_config jsonb NOT NULL);
INSERT INTO telemetry_measurement (created_at, updated_at, point_id, variable_id, "timestamp", value_numeric, raw_value,
                                   quality_score, provider, processing_config)
SELECT m.known_since, m.known_since, p.id, v.id, m.time, m.value,
       jsonb_build_object('value', m.value, 'unit', 'L/s'), 1, 'tdata', '{"version": 1}'
  FROM measurement m JOIN bench_point p ON p.uuid = m.point_id JOIN bench_variable v ON v.code = m.variable
 ORDER BY m.time;
ALTER TABLE telemetry_measurement ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (point_id) REFERENCES bench_point, ADD FOREIGN KEY (variable_id) REFERENCES bench_variable;
CREATE INDEX ON telemetry_measurement (point_id, variable_id, "timestamp" DESC);
CREATE INDEX ON telemetry_measurement ("timestamp", provider);
CREATE INDEX ON telemetry_measurement (variable_id, "timestamp" DESC);
CREATE INDEX ON telemetry_measurement (point_id);
CREATE INDEX ON telemetry_measurement (variable_id);
CREATE INDEX ON telemetry_measurement ("timestamp");
"""


def prepare(rows: int) -> int:
    """Series for `rows` measurements over all the years; says of how many points."""
    points = max(1, rows // (A_YEAR * YEARS))
    last = date(FIRST.year + YEARS, 1, 1)
    for table in ("measurement", "measurement_hourly"):
        ensure_months(connection, table, FIRST, last)
    _run(SERIES, points=LATEST_OF, variables=list(VARIABLES))
    _run(LATEST, end=_midnight(last))
    return points


def fill_year(year: int, *, points: int) -> None:
    month = date(year, 1, 1)
    while month.year == year:
        span = {"start": _midnight(month), "end": _midnight(next_month(month))}
        _run(MEASURED, points=points, **span)
        _run(HOURS, points=points, **span)
        month = next_month(month)
    if year == MINUTES_OF.year:
        _run(MINUTES, point=MINUTE_POINT, start=_midnight(date(year, 1, 1)), end=_midnight(date(year + 1, 1, 1)))
    close(year)


def close(year: int) -> None:
    """As `pack_months` leaves months that are over, by night."""
    for table in ("measurement", "measurement_hourly"):
        pack_before(connection, table, date(year + 1, 1, 1))
    for table in ("measurement", "measurement_hourly", "measurement_latest"):
        _run(f"VACUUM (FREEZE, ANALYZE) {table}")


def fill_specified() -> None:
    for statement in SPECIFIED.strip().split(";\n"):
        _run(statement.replace("%", "%%"))
    _run("VACUUM (FREEZE, ANALYZE) telemetry_measurement")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _run(statement: str, **asked: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
