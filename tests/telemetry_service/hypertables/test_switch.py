"""HYPERTABLES makes hypertables of partitioned tables that are empty, with all that they were, and refuses others."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from shared.db.hypertables import is_hypertable, make_hypertables, require_hypertables
from shared.db.partitions import ensure_months
from shared.settings.env import EnvironmentProblem
from tests.telemetry_service.hypertables.conftest import OURS, SERIES

pytestmark = pytest.mark.django_db
TABLE = """
CREATE TABLE kept (
    name text COLLATE "C" NOT NULL, at timestamptz NOT NULL, value float8 DEFAULT 7, body bytea, note text,
    CONSTRAINT kept_pkey PRIMARY KEY (name, at) INCLUDE (value), CONSTRAINT kept_has_value CHECK (value > 0)
) PARTITION BY RANGE (at);
ALTER TABLE kept ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX kept_by_note ON kept (note) WHERE note IS NOT NULL
"""
SHAPE = """
SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, attstorage::text, attcollation::regcollation::text,
       pg_get_expr(adbin, adrelid)
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attrelid = 'kept'::regclass AND attnum > 0
 UNION ALL
SELECT conname, pg_get_constraintdef(oid), null, null, null, null FROM pg_constraint
 WHERE conrelid = 'kept'::regclass AND contype <> 'n'
 UNION ALL
SELECT relname, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), null, null, null, null
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 'kept'::regclass
 ORDER BY 1, 2
"""


@pytest.fixture
def kept(settings: Any, db: None) -> Iterator[str]:
    settings.HYPERTABLES = True
    _run(TABLE)
    ensure_months(connection, "kept", date(2024, 1, 1), date(2024, 2, 1))
    return "kept"


def _run(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def test_every_table_of_a_series_is_one(db: None) -> None:
    found = _run(f"SELECT hypertable_name FROM timescaledb_information.hypertables WHERE hypertable_schema = '{OURS}'")
    assert {name for (name,) in found} == set(SERIES)
    assert _run("SELECT count(*) FROM pg_partitioned_table JOIN pg_class ON oid = partrelid") == [(0,)]


def test_columns_conditions_and_keys_stay(kept: str) -> None:
    before = _run(SHAPE)
    assert len(before) > 8
    make_hypertables()
    assert is_hypertable(connection, kept)
    assert _run(SHAPE) == before
    make_hypertables()
    _run("INSERT INTO kept (name, at) VALUES ('a', '2024-01-31'), ('a', '2025-01-31')")
    require_hypertables()  # rows of a hypertable stand in nobody's way


def test_rows_are_refused_and_stay(kept: str) -> None:
    _run("INSERT INTO kept (name, at) VALUES ('a', '2024-01-31')")
    for step in (require_hypertables, make_hypertables):
        with pytest.raises(EnvironmentProblem, match=r"HYPERTABLES is true, but kept hold rows .*see docs/operations"):
            step()
    assert not is_hypertable(connection, kept)
    assert _run("SELECT count(*) FROM kept") == [(1,)]


def test_rows_can_be_moved_as_the_manual_says(kept: str) -> None:
    _run(
        "INSERT INTO kept (name, at, note) SELECT 'a', at, 'ñ' "
        "FROM generate_series('2024-01-01', '2024-02-20', interval '1 day') at"
    )
    before, out = _run("SELECT * FROM kept ORDER BY at"), io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY (SELECT * FROM kept) TO STDOUT WITH (FORMAT binary)", out)
        cursor.execute("TRUNCATE kept")
        make_hypertables()
        out.seek(0)
        cursor.copy_expert("COPY kept FROM STDIN WITH (FORMAT binary)", out)
    assert is_hypertable(connection, kept)
    assert _run("SELECT * FROM kept ORDER BY at") == before


def test_off_it_changes_nothing(kept: str, settings: Any) -> None:
    settings.HYPERTABLES = False
    require_hypertables()
    make_hypertables()
    assert not is_hypertable(connection, kept)


def test_a_role_that_may_not_use_it_is_told(kept: str) -> None:
    (schema,) = _run("SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'timescaledb'")[0]
    _run(f"RESET ROLE; REVOKE USAGE ON SCHEMA {schema} FROM PUBLIC; SET ROLE {OURS}")
    with pytest.raises(EnvironmentProblem, match=f"our role may not use TimescaleDB's schema {schema}"):
        require_hypertables()
