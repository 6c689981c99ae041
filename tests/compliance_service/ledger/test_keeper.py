"""keeper.sql: the ledger belongs to a role that nobody logs in as."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection

from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from tests.compliance_service.conftest import DAY, LOOK

Make = Callable[..., Any]
SCRIPT = Path(__file__).resolve().parents[3] / "compliance_service" / "ledger" / "keeper.sql"
BACK = """
DROP EVENT TRIGGER ledger_stays;
DROP FUNCTION public.ledger_stays();
ALTER TABLE compliance.ledger_entry OWNER TO compliance;
ALTER TABLE compliance.ledger_root OWNER TO compliance;
ALTER FUNCTION compliance.ledger_refuse() OWNER TO compliance;
ALTER FUNCTION compliance.ledger_follows() OWNER TO compliance;
REVOKE ALL ON SCHEMA compliance FROM compliance_keeper;
DROP ROLE compliance_keeper;
"""


def as_superuser(script: str) -> None:
    url = os.environ["ADMIN_DATABASE_URL"]
    with closing(psycopg2.connect(url, dbname=connection.settings_dict["NAME"])) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(script)


@pytest.fixture
def _kept(emptied: None) -> Iterator[None]:
    for _ in range(2):  # doing it twice changes nothing
        as_superuser(SCRIPT.read_text())
    yield
    as_superuser(BACK)


@pytest.mark.usefixtures("_kept")
def test_the_service_goes_on_sealing(told: Make) -> None:
    told()
    assert make_roots(LOOK + DAY) == 4
    assert seal(LOOK + DAY) == 0
    assert LedgerEntry.objects.count() == 6


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET work = 'x'",
        "TRUNCATE ledger_root",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_entry OWNER TO CURRENT_USER",
        "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_digest_of_body",
        "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP FUNCTION ledger_refuse() CASCADE",
        "GRANT ALL ON ledger_entry TO CURRENT_USER; DELETE FROM ledger_entry",
        "DROP TABLE ledger_entry",
        "DROP SCHEMA compliance CASCADE",
        "SET ROLE compliance_keeper",
        "SET session_replication_role = replica",
        "DROP EVENT TRIGGER ledger_stays",
    ],
)
def test_the_service_cannot_reach_around(statement: str) -> None:
    refused = r"permission denied|must be owner|append-only"
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=refused):
        cursor.execute(statement)
