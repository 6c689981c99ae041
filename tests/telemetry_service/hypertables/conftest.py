"""The tests of this folder run on hypertables: on the tests' own PostgreSQL where it has TimescaleDB, else on the
server of STACK_TIMESCALE_URL, else they are skipped.

STACK_TIMESCALE_URL is an administrator's address of a database that is the tests' own. One connection is enough.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from psycopg2.extensions import make_dsn, parse_dsn

from shared.db.hypertables import is_hypertable
from shared.settings.env import Env
from telemetry_service.measurements.store import PARTITIONED
from telemetry_service.raw.partitions import ANSWERS, READINGS
from tests.telemetry_service.process.conftest import arrive, config, feed, point  # noqa: F401 fixtures

GIVEN = "STACK_TIMESCALE_URL"
SERIES = (*PARTITIONED, READINGS, ANSWERS)
OURS = "hypertables_of_tests"  # schema and role, and the database where the server is the tests' own
# Into a schema of its own, as an administrator does it.
PREPARE = f"""
CREATE SCHEMA IF NOT EXISTS timescaledb;
CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA timescaledb;
GRANT USAGE ON SCHEMA timescaledb TO PUBLIC;
DROP SCHEMA IF EXISTS {OURS} CASCADE;
DROP ROLE IF EXISTS {OURS};
CREATE ROLE {OURS} NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE SCHEMA {OURS} AUTHORIZATION {OURS}
"""


@pytest.fixture(scope="package")
def timescale() -> Iterator[str]:
    if given := os.environ.get(GIVEN):
        yield given
        return
    own = os.environ["ADMIN_DATABASE_URL"]
    available = _ask(own, "SELECT name FROM pg_available_extensions WHERE name = 'timescaledb'")
    if not available:
        pytest.skip(f"this PostgreSQL has no TimescaleDB, and {GIVEN} names none that has")
    _do(own, f"DROP DATABASE IF EXISTS {OURS}", f"CREATE DATABASE {OURS}")
    yield make_dsn(**{**parse_dsn(own), "dbname": OURS})
    _do(own, f"DROP DATABASE {OURS}")


@pytest.fixture(scope="package")
def django_db_setup(timescale: str, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Telemetry's tables as an ordinary role's hypertables, in the place of the test database of the other tests."""
    _do(timescale, *PREPARE.split(";"))
    was = connections["default"]
    connections["default"] = made = type(was)(_settings(was.settings_dict, timescale), "default")
    with django_db_blocker.unblock():
        with override_settings(HYPERTABLES=True, SERVICE=OURS):
            call_command("migrate", verbosity=0)
        yield
        made.close()
    connections["default"] = was
    _do(timescale, f"DROP SCHEMA {OURS} CASCADE", f"DROP OWNED BY {OURS}", f"DROP ROLE {OURS}")


@pytest.fixture
def chunks(db: None) -> Callable[[str], int]:
    def count(table: str) -> int:
        assert is_hypertable(connections["default"], table)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = %s", [table])
            return int(cursor.fetchone()[0])

    return count


def _settings(was: dict[str, Any], address: str) -> dict[str, Any]:
    url = Env({GIVEN: _as_url(address)}).database(GIVEN)
    parts = {"NAME": url.name, "USER": url.user, "PASSWORD": url.password, "HOST": url.host, "PORT": url.port}
    session = f"-c search_path={OURS} -c timezone=UTC -c statement_timeout=60000 -c jit=off -c role={OURS}"
    return {**was, **parts, "OPTIONS": {**was["OPTIONS"], "options": session}}


def _as_url(address: str) -> str:
    if "://" in address:
        return address
    parts = parse_dsn(address)
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)


def _ask(address: str, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(address)) as opened, opened.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _do(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
