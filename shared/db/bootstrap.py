"""Makes the database, and in it a role and a schema for each service that no other service can read.

`python -m shared.db.bootstrap --database NAME --role core --role telemetry …` with `ADMIN_DATABASE_URL` (a role that
may create roles and databases) and `<ROLE>_DB_PASSWORD` for each role in the environment. Doing it twice changes
nothing but the passwords, which become the given ones.
"""

import argparse
import os
from collections.abc import Mapping
from contextlib import closing

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, parse_dsn

from shared.settings.env import EnvironmentProblem


def bootstrap(*, admin_url: str, database: str, roles: Mapping[str, str]) -> None:
    """`roles` maps each service's name, which is its role's and its schema's too, to the role's password."""
    # `with connection` would open a transaction, in which a database cannot be made.
    with closing(_connect(admin_url)) as admin:
        _make_database(admin, database)
        for role, password in roles.items():
            _make_role(admin, role, password)
    with closing(_connect(admin_url, dbname=database)) as inside:
        _run(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        _run(inside, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
        for role in roles:
            _make_schema(inside, database, role)


def _connect(url: str, **override: str) -> connection:
    try:
        opened: connection = psycopg2.connect(**{**parse_dsn(url), "connect_timeout": "5", **override})
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise EnvironmentProblem(f"The database of ADMIN_DATABASE_URL does not let us in: {reason}") from None
    opened.autocommit = True
    return opened


def _make_database(admin: connection, name: str) -> None:
    if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        _run(admin, "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0", name)


def _make_role(admin: connection, role: str, password: str) -> None:
    if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        _run(admin, "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE", role)
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(role)), [password])


def _make_schema(inside: connection, database: str, role: str) -> None:
    _run(inside, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", database, role)
    if not _exists(inside, "SELECT 1 FROM pg_namespace WHERE nspname = %s", role):
        # An administrator that is no superuser may give a schema only to a role it belongs to.
        _run(inside, "GRANT {} TO CURRENT_USER", role)
        _run(inside, "CREATE SCHEMA {} AUTHORIZATION {}", role, role)
    _run(inside, "ALTER ROLE {} IN DATABASE {} SET search_path = {}", role, database, role)


def _exists(database: connection, query: str, value: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute(query, [value])
        return cursor.fetchone() is not None


def _run(database: connection, statement: str, *names: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.db.bootstrap")
    parser.add_argument("--database", required=True)
    parser.add_argument("--role", action="append", required=True)
    arguments = parser.parse_args()
    passwords = {role: _needed(f"{role.upper()}_DB_PASSWORD") for role in arguments.role}
    bootstrap(admin_url=_needed("ADMIN_DATABASE_URL"), database=arguments.database, roles=passwords)


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentProblem(f"{name} is missing: set it in the environment")
    return value


if __name__ == "__main__":
    main()
