"""Without TimescaleDB nothing is another way; asked for where it is not, it stops before the first migration.

What it does where it is: tests/telemetry_service/hypertables.
"""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from shared.db.hypertables import is_hypertable, make_hypertables, require_hypertables
from shared.settings.env import EnvironmentProblem


@pytest.fixture
def parted(db: None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE parted (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
        cursor.execute("CREATE TABLE whole (at timestamptz NOT NULL)")
    return "parted"


@pytest.fixture
def available(db: None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'")
        return "database" if cursor.fetchone()[0] else "server"


def test_not_asked_for_it_asks_nothing(parted: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        require_hypertables()
        make_hypertables()


@pytest.mark.parametrize("step", [require_hypertables, make_hypertables])
def test_a_server_without_it_is_named(parted: str, available: str, settings: Any, step: Any) -> None:
    settings.HYPERTABLES = True
    with pytest.raises(
        EnvironmentProblem, match=f"HYPERTABLES is true, but TimescaleDB is not installed in this {available}: see docs"
    ):
        step()


def test_migrate_stops_before_its_first_migration(parted: str, settings: Any) -> None:
    settings.HYPERTABLES = True
    out = StringIO()
    with pytest.raises(EnvironmentProblem, match="HYPERTABLES"):
        call_command("migrate", stdout=out)
    assert "Applying" not in out.getvalue()


def test_where_it_is_not_no_table_is_a_hypertable(parted: str) -> None:
    assert [is_hypertable(connection, table) for table in (parted, "whole", "nothing")] == [False] * 3
