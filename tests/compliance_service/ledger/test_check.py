"""What the service itself finds when something in its database was changed behind its back."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from compliance_service.ledger import check as checking
from compliance_service.ledger.check import check, check_everything
from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, Move
from tests.compliance_service.conftest import DAY, LOOK
from tests.compliance_service.ledger.books import findings

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
UNTRACED = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} DISABLE TRIGGER USER"


def steal_voucher() -> None:
    Receipt.objects.filter(submission__config__work_code="OB-0601-101").update(voucher="f" * 32)


@pytest.fixture
def ledger(sent: Make) -> int:
    """Two works and a root; gives the number of the last entry."""
    sent()
    sent("OB-0601-102")
    make_roots(LOOK + DAY)
    return LedgerEntry.objects.count()


def as_owner(statement: str, *arguments: Any) -> None:
    """What somebody does who owns the tables: takes the triggers and a check away first."""
    with connection.cursor() as cursor:
        for table in ("ledger_entry", "ledger_root"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
            cursor.execute(f"GRANT ALL ON {table} TO CURRENT_USER")
        cursor.execute("ALTER TABLE ledger_entry DROP CONSTRAINT IF EXISTS ledger_entry_digest_of_body")
        cursor.execute(statement, arguments)


def problems(last: int) -> list[tuple[int, str]]:
    return [tuple(problem) for problem in check(1, last).problems]


def test_a_ledger_as_it_was_sealed_is_intact(ledger: int) -> None:
    assert problems(ledger) == []
    assert [checked.problems for checked in check_everything()] == [[], []]


def test_an_entry_whose_bytes_were_changed_is_named(ledger: int) -> None:
    as_owner("UPDATE ledger_entry SET body = body || ' ' WHERE seq = 3")
    assert problems(ledger) == [(3, "no corresponde a su huella")]


def test_an_entry_that_was_rewritten_with_its_digest_is_named_by_the_next(ledger: int) -> None:
    as_owner("UPDATE ledger_entry SET body = body || ' ', digest = sha256(body || ' ') WHERE seq = 3")
    assert (4, "no sigue al asiento anterior") in problems(ledger)


def test_an_entry_that_was_removed_is_named(ledger: int) -> None:
    as_owner("DELETE FROM ledger_entry WHERE seq = 3")
    assert (3, "falta el asiento") in problems(ledger)
    as_owner("DELETE FROM ledger_entry WHERE seq = %s", ledger)
    assert (ledger, "falta el asiento") in problems(ledger)


def test_a_root_that_is_not_of_its_entry_is_named(ledger: int) -> None:
    as_owner("UPDATE ledger_root SET head = sha256('x') WHERE work = ''")
    assert problems(ledger) == [(ledger, "no es el de la raíz del 2024-05-13")]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("receipt", steal_voucher),
        ("submission_attempt", lambda: Attempt.objects.filter(number=1).update(request_body=b"{}")),
        ("submission_attempt", lambda: Attempt.objects.filter(number=1).update(response_body=b"{}")),
        ("submission_move", lambda: Move.objects.filter(new="SENT").update(by="user:nobody@example.cl")),
    ],
)
@pytest.mark.parametrize("is_traced", [True, False])
def test_a_row_that_says_something_else_now_is_named(
    ledger: int, table: str, change: Callable[[], Any], is_traced: bool
) -> None:
    with connection.cursor() as cursor:
        if not is_traced:
            cursor.execute(UNTRACED.format(table=table))
        change()
    seal(LOOK)
    assert {problem.split(" de ")[1] for _, problem in problems(ledger)} == {f"{table} dice otra cosa ahora"}


def test_a_row_that_is_gone_is_named(ledger: int) -> None:
    Receipt.objects.filter(submission__config__work_code="OB-0601-101").delete()
    ((_, problem),) = problems(ledger)
    assert problem.endswith("de receipt ya no está")


def test_a_row_that_the_ledger_does_not_tell_of_is_named(ledger: int) -> None:
    submission = Move.objects.all()[0].submission
    with connection.cursor() as cursor:
        cursor.execute(UNTRACED.format(table="submission_move"))
    hidden = Move.objects.create(submission=submission, new="SENT", at=LOOK, by="x")
    found = [problem for checked in check_everything() for problem in checked.problems]
    assert found == [(0, f"la fila {hidden.id} de submission_move no está en el libro")]


def test_a_row_that_waits_for_its_seal_is_not_missing(ledger: int) -> None:
    Move.objects.create(submission=Move.objects.all()[0].submission, new="SENT", at=LOOK, by="x")
    assert [problem for checked in check_everything() for problem in checked.problems] == []


def test_windows_find_what_one_pass_finds(ledger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "WINDOW", 2)
    monkeypatch.setattr("compliance_service.ledger.queries.PAGE", 1)
    as_owner("UPDATE ledger_entry SET body = body || ' ' WHERE seq = 3")
    found = [problem for checked in check_everything() for problem in checked.problems]
    assert found[0] == (3, "no corresponde a su huella")


def test_the_command_says_so_and_ends_with_one(ledger: int) -> None:
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert said.getvalue() == f"{ledger} asientos, 0 problemas\n"
    as_owner("UPDATE ledger_entry SET body = body || ' ' WHERE seq = 3")
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_ledger", stdout=said)
    assert "asiento 3: no corresponde a su huella" in said.getvalue()


def test_the_command_writes_a_file_that_verifies(ledger: int, tmp_path: Any) -> None:
    for arguments in ([], ["--work", "OB-0601-102"], ["--from", "2024-05-13", "--to", "2024-05-13"]):
        call_command("export_ledger", "--output", str(tmp_path / "libro"), *arguments)
        content = (tmp_path / "libro").read_bytes()
        assert (findings(content), content.count(b"\n") > 5) == ([], True)
