"""The service's own role cannot change what is sealed, and the database takes only what goes on from it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from compliance_service.authorities.shipped import SHIPPED
from compliance_service.ledger.canonical import Link, Subject, digest_of, entry_body
from compliance_service.ledger.models import LedgerEntry, LedgerRoot
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from tests.compliance_service.conftest import DAY, LOOK

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
SOURCES = len(SHIPPED)
STATEMENTS = [
    "UPDATE {table} SET work = 'x'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "DELETE FROM {table} WHERE false",
    "INSERT INTO {table} SELECT * FROM {table} LIMIT 1 ON CONFLICT ON CONSTRAINT {table}_pkey DO UPDATE SET work = 'x'",
    "MERGE INTO {table} kept USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
]


@pytest.fixture(autouse=True)
def _rooted() -> None:
    """Sealed entries, one of each shipped source, and their roots."""
    seal(LOOK)
    make_roots(LOOK + DAY)


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_root"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_role_of_the_service_has_no_right_to_change_it(table: str, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|append-only"):
        run(statement.format(table=table))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_root"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_role_that_gave_itself_the_right_is_refused_all_the_same(table: str, statement: str) -> None:
    run(f"GRANT ALL ON {table} TO CURRENT_USER")
    with pytest.raises(ProgrammingError, match=f"{table} is append-only"):
        run(statement.format(table=table))
    assert (LedgerEntry.objects.count(), LedgerRoot.objects.count()) == (SOURCES, SOURCES + 1)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_root"])
def test_the_orm_is_refused_too(table: str) -> None:
    rows: Any = (LedgerEntry if table == "ledger_entry" else LedgerRoot).objects
    for change in (rows.all().delete, lambda: rows.update(work="x")):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()


def following(**changes: Any) -> dict[str, Any]:
    """A right next entry, with one thing wrong."""
    last = LedgerEntry.objects.get(seq=SOURCES)
    after = Link(changes.pop("after_seq", SOURCES), changes.pop("after_digest", bytes(last.digest)))
    body = entry_body(Subject("DGA/x"), [], after=after, work_after=Link(), sealed_at="2024-05-13T14:02:00+00:00")
    right = {
        "seq": SOURCES + 1,
        "work": "DGA/x",
        "work_seq": 1,
        "body": body,
        "digest": digest_of(body),
        "sealed_at": LOOK,
    }
    return right | changes


def add(**row: Any) -> None:
    with transaction.atomic():
        LedgerEntry.objects.create(**row)


def test_what_goes_on_from_the_last_entry_is_taken() -> None:
    add(**following())
    assert LedgerEntry.objects.count() == SOURCES + 1


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("does not go on", {"after_digest": b"\x01" * 32}),
        ("does not go on", {"after_seq": SOURCES + 4}),
        ("does not go on", {"seq": SOURCES + 2}),
        ("does not go on", {"sealed_at": LOOK - DAY}),
        ("ledger_entry_pkey", {"seq": 1}),
        ("ledger_entry_digest_of_body", {"digest": b"\x01" * 32}),
        ("ledger_entry_work_once", {"work": "DGA", "work_seq": 1}),
        ("ledger_entry_counts_from_one", {"work_seq": 0}),
        ("ledger_entry_has_work", {"work": ""}),
    ],
)
def test_the_database_states_what_an_entry_is(constraint: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        add(**following(**changes))


def test_of_several_that_are_added_at_once_each_must_go_on_from_the_other() -> None:
    second = following()
    third = following(seq=SOURCES + 2, work_seq=2)
    with pytest.raises(IntegrityError, match=f"entry {SOURCES + 2} does not go on"), transaction.atomic():
        LedgerEntry.objects.bulk_create([LedgerEntry(**second), LedgerEntry(**third)])


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("ledger_root_pkey", {"day": LOOK.date()}),
        ("ledger_root_ends_after_start", {"last": 0, "first": 2}),
        ("ledger_root_ends_after_start", {"first": 0}),
        ("ledger_root_has_signature", {"signature": b""}),
        ("ledger_root_has_signature", {"head": b""}),
    ],
)
def test_the_database_states_what_a_root_is(constraint: str, changes: dict[str, Any]) -> None:
    root = LedgerRoot.objects.get(work="")
    right = {name: getattr(root, name) for name in ("first", "last", "head", "body", "key", "signature", "work")}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LedgerRoot.objects.create(**(right | {"day": (LOOK + DAY).date()} | changes))
