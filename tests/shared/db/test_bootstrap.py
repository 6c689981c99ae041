import os
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
from psycopg2.extensions import connection, parse_dsn

from shared.db.bootstrap import bootstrap
from shared.settings.env import EnvironmentProblem

SUFFIX = uuid4().hex[:8]
DATABASE = f"bootstrap_{SUFFIX}"
ROLES = {f"core_{SUFFIX}": "first-password", f"telemetry_{SUFFIX}": "second-password"}
CORE, TELEMETRY = ROLES


def connect(database: str, **override: str) -> connection:
    opened: connection = psycopg2.connect(
        **{**parse_dsn(os.environ["ADMIN_DATABASE_URL"]), "dbname": database, **override}
    )
    opened.autocommit = True
    return opened


@pytest.fixture(scope="module", autouse=True)
def _database() -> Iterator[None]:
    for _ in range(2):  # doing it twice changes nothing
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database=DATABASE, roles=ROLES)
    yield
    with closing(connect("postgres")) as admin, admin.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')
        for role in ROLES:
            cursor.execute(f'DROP ROLE "{role}"')


def as_role(role: str) -> connection:
    return connect(DATABASE, user=role, password=ROLES[role])


def test_a_service_makes_tables_in_its_own_schema() -> None:
    with closing(as_role(CORE)) as core, core.cursor() as cursor:
        cursor.execute("CREATE TABLE points (id int)")
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'points'")
        assert cursor.fetchone() == (CORE,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {core}.secrets",
        "CREATE TABLE {core}.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
    ],
)
def test_a_service_cannot_reach_into_another_ones_schema(statement: str) -> None:
    with closing(as_role(CORE)) as core, core.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS secrets (id int)")
    with (
        closing(as_role(TELEMETRY)) as telemetry,
        telemetry.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement.format(core=CORE))


def test_a_database_that_does_not_let_us_in_is_one_clear_line() -> None:
    port = urlsplit(os.environ["ADMIN_DATABASE_URL"]).port or 5432
    with pytest.raises(EnvironmentProblem, match="ADMIN_DATABASE_URL") as stopped:
        bootstrap(admin_url=f"postgresql://nobody:very-secret@127.0.0.1:{port}/none", database="x", roles={})
    assert "very-secret" not in str(stopped.value)
