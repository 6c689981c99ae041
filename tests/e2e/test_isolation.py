"""One database, three roles: none reads what is another's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import permutations

import psycopg2
import pytest

from deploy.demo.settings import Settings
from deploy.native.processes import SERVICES
from deploy.native.state import Installation

TABLES = {"core": "users_user", "telemetry": "raw_telemetry_data", "compliance": "compliance_config"}


@contextmanager
def cursor_of(installation: Installation, role: str) -> Iterator[psycopg2.extensions.cursor]:
    with closing(psycopg2.connect(installation.database_url(role))) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.mark.parametrize("role", SERVICES)
def test_a_service_reads_its_own_tables(stack: Settings, installation: Installation, role: str) -> None:
    with cursor_of(installation, role) as cursor:
        cursor.execute(f'SELECT count(*) FROM "{role}"."{TABLES[role]}"')
        assert cursor.fetchone() is not None


@pytest.mark.parametrize(("role", "owner"), list(permutations(SERVICES, 2)))
def test_no_service_reads_another_ones(stack: Settings, installation: Installation, role: str, owner: str) -> None:
    with cursor_of(installation, role) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(f'SELECT count(*) FROM "{owner}"."{TABLES[owner]}"')
