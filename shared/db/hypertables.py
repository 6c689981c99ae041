"""TimescaleDB's hypertables in the place of our own partitions, where HYPERTABLES asks for them.

Which of both a table is stands in the catalogue, and is asked of it: `shared.db.partitions` and `shared.db.packing` are
the only ones that have to know. Functions of the Apache edition alone are used.
"""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.transaction import atomic

from shared.settings.env import EnvironmentProblem

INTERVAL = "1 month"  # which TimescaleDB counts as 30 days, from 1970 on
HOW = "see docs/operations.md, TimescaleDB"
EXTENSION = """
SELECT nspname, has_schema_privilege(pg_namespace.oid, 'USAGE')
  FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'timescaledb'
"""
# With the column by which each is cut.
PARTITIONED = """
SELECT relname, attname FROM pg_partitioned_table JOIN pg_class ON pg_class.oid = partrelid
  JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
 WHERE relnamespace = current_schema()::regnamespace AND NOT relispartition ORDER BY relname
"""
WHOLE = """
SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'r')
       AND EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
"""
# The key first, by its constraint; then the other indexes.
KEYS = """
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE conrelid = to_regclass(%(table)s) AND contype IN ('p', 'u')
 UNION ALL
SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index
 WHERE indrelid = to_regclass(%(table)s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
PLAIN = """
CREATE TABLE "{table}_plain" (LIKE "{table}" INCLUDING ALL EXCLUDING INDEXES);
DROP TABLE "{table}";
ALTER TABLE "{table}_plain" RENAME TO "{table}"
"""
MAKE = """
SELECT "{schema}".create_hypertable(
       %(table)s::regclass, %(column)s, chunk_time_interval => %(interval)s::interval, create_default_indexes => false)
"""
DROP = """SELECT "{schema}".drop_chunks(%s::regclass, older_than => %s::timestamptz)"""
CHUNKS = """
SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
 WHERE hypertable_schema = current_schema() AND hypertable_name = %s AND range_end <= %s::timestamptz ORDER BY range_end
"""


def require_hypertables(*, using: str = "default", **_: Any) -> None:
    """Before the first migration: a server, a database or rows that do not allow for what HYPERTABLES asks stop it."""
    if getattr(settings, "HYPERTABLES", False):
        with connections[using].cursor() as cursor:
            _functions(cursor)
            _refuse_rows(cursor, [table for table, _ in _partitioned(cursor)])


def make_hypertables(*, using: str = "default", **_: Any) -> None:
    """After the last migration every partitioned table of the service, empty still, is a hypertable: all or none."""
    if not getattr(settings, "HYPERTABLES", False):
        return
    with atomic(using=using), connections[using].cursor() as cursor:
        schema, tables = _functions(cursor), _partitioned(cursor)
        for table, _column in tables:
            cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        _refuse_rows(cursor, [table for table, _column in tables])
        for table, column in tables:
            _make(cursor, schema, table, column)


def is_hypertable(connection: Any, table: str) -> bool:
    """Of a table that is to be cut by time: where the extension is, one that is not partitioned is a hypertable."""
    with connection.cursor() as cursor:
        cursor.execute(WHOLE, [f'"{table}"'])
        return bool(cursor.fetchone()[0])


def drop_chunks(connection: Any, table: str, month: date) -> list[str]:
    """Drops every chunk that ends at or before the first of `month`; names them."""
    with connection.cursor() as cursor:
        cursor.execute(DROP.format(schema=_functions(cursor)), [f'"{table}"', _first(month)])
        return [name for (name,) in cursor.fetchall()]


def chunks_before(connection: Any, table: str, month: date) -> list[str]:
    """Those that end at or before the first of `month`, by time, with their schema."""
    with connection.cursor() as cursor:
        cursor.execute(CHUNKS, [table, _first(month)])
        return [name for (name,) in cursor.fetchall()]


def _first(month: date) -> str:
    return f"{month.replace(day=1)} 00:00:00+00"


def _functions(cursor: Any) -> str:
    """The schema that TimescaleDB's functions are in."""
    cursor.execute(EXTENSION)
    found = cursor.fetchone()
    if found is None:
        cursor.execute("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'")
        where = "this database" if cursor.fetchone() else "this server"
        raise EnvironmentProblem(f"HYPERTABLES is true, but TimescaleDB is not installed in {where}: {HOW}")
    schema, may_use = found
    if not may_use:
        raise EnvironmentProblem(f"HYPERTABLES is true, but our role may not use TimescaleDB's schema {schema}: {HOW}")
    return str(schema)


def _partitioned(cursor: Any) -> list[tuple[str, str]]:
    cursor.execute(PARTITIONED)
    return [(table, column) for table, column in cursor.fetchall()]


def _refuse_rows(cursor: Any, tables: list[str]) -> None:
    full = []
    for table in tables:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')  # noqa: S608 the name is the catalogue's
        full += [table] if cursor.fetchone()[0] else []
    if full:
        raise EnvironmentProblem(
            f"HYPERTABLES is true, but {', '.join(full)} hold rows as partitions of our own: "
            f"copy them out, empty the tables, migrate, copy them in ({HOW}), or set HYPERTABLES to false"
        )


def _make(cursor: Any, schema: str, table: str, column: str) -> None:
    """A partitioned table cannot be one: a plain one with the same columns, conditions and keys takes its place."""
    cursor.execute(KEYS, {"table": f'"{table}"'})
    keys = [statement for (statement,) in cursor.fetchall()]
    cursor.execute(";".join((PLAIN.format(table=table), *keys)))
    cursor.execute(MAKE.format(schema=schema), {"table": f'"{table}"', "column": column, "interval": INTERVAL})
