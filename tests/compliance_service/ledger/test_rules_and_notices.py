"""Rules, words, files taken there, notices and credentials: facts as what was sent, and named when tampered with."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance_service.authorities.models import AnswerRule, RulePack
from compliance_service.authorities.operations import add_answer, change_rules, end_answer
from compliance_service.files.models import Upload
from compliance_service.history.models import HistoryCredential
from compliance_service.history.operations import issue, revoke
from compliance_service.ledger.check import check_everything
from compliance_service.ledger.export import export
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from compliance_service.notices.models import Notice
from compliance_service.notices.operations import deliver, draft_change
from compliance_service.obligations.calendar import RHYTHMS
from compliance_service.obligations.making import HORIZON
from tests.compliance_service.conftest import DAY, LOOK
from tests.compliance_service.ledger.books import findings
from tests.compliance_service.submissions.sma.conftest import make_process as make_process

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WHO = "user:ops@example.cl"
UNTRACED = "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {table} DISABLE TRIGGER USER"
OURS = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'ledger_%%'"
FILE = b"codigo;fecha;hora\n"
SHA = "1" * 64


@dataclass
class Made:
    """One of each."""

    pack: RulePack
    words: AnswerRule
    ended: AnswerRule
    upload: Upload
    notice: Notice
    credential: HistoryCredential
    password: str


@pytest.fixture
def made(make_process: Make) -> Made:
    config = make_process()
    rules = RulePack.objects.get(source="DGA", version=1).rules
    said = {"note": "leída por una persona", "by": WHO, "now": LOOK}
    begins = LOOK + HORIZON + DAY
    pack = change_rules(code="DGA", rules=rules, valid_from=begins, rhythms=tuple(RHYTHMS), horizon=HORIZON, **said)
    words = [
        add_answer(code="DGA", position=place, pattern=f"dice {place}", meaning="refused", **said) for place in (5, 6)
    ]
    ended = end_answer(code="DGA", rule_id=words[1].id, note="ya no lo dice", by=WHO, now=LOOK + DAY)
    row = {"sha256": SHA, "name": "mayo.csv", "content": FILE, "hours": 1, "brought_at": LOOK, "by": WHO}
    upload = Upload.objects.create(config=config, recorded_at=LOOK, reference="F-77", **row)
    drafted = draft_change(
        config=config, planned_date=(LOOK + 60 * DAY).date(), description="otro enlace", by=WHO, now=LOOK
    )
    notice = deliver(notice_id=drafted.id, note="correo del 13 de mayo", at=LOOK + DAY, by=WHO)
    credential, password = issue(company_rut="76000000-0", note="para SMA", by=WHO, now=LOOK)
    seal(LOOK + DAY)
    make_roots(LOOK + 2 * DAY)
    return Made(pack, words[0], ended, upload, notice, credential, password)


def problems() -> list[str]:
    return [problem.problem for checked in check_everything() for problem in checked.problems]


def test_what_was_demanded_and_what_words_mean_are_facts_of_the_source(made: Made, facts: Make, read: Make) -> None:
    (pack,) = [said for said in facts("rules") if said["row"] == made.pack.id]
    assert (pack["by"], pack["version"], pack["note"]) == (WHO, 2, "leída por una persona")
    assert pack["rules"]["standards"]["MAYOR"]["lag_days"] == 7
    said = [one for one in facts("words") if one["row"] == made.ended.id]
    assert [(one["by"], one["valid_to"] is None, one["ended_note"]) for one in said] == [
        (WHO, True, ""),
        (WHO, False, "ya no lo dice"),
    ]
    assert {entry["work"] for entry in read() for one in entry["facts"] if one["kind"] in ("rules", "words")} == {
        "DGA",
        "SMA",
    }


def test_a_file_that_was_taken_there_is_a_fact_by_its_digest(made: Made, facts: Make, read: Make) -> None:
    (said,) = facts("upload")
    assert (said["sha256"], said["reference"], said["by"]) == (SHA, "F-77", WHO)
    assert said["content_sha256"] == hashlib.sha256(FILE).hexdigest()
    assert "content" not in said
    (entry,) = [one for one in read() if said in one["facts"]]
    assert entry["work"] == "SMA/1234/568"


def test_a_notice_is_a_fact_as_drafted_and_as_delivered(made: Made, facts: Make) -> None:
    drafted, delivered = facts("notice")
    assert (drafted["notice"], drafted["delivered_at"], drafted["by"]) == ("change", None, WHO)
    assert (delivered["delivered_by"], delivered["delivery_note"]) == (WHO, "correo del 13 de mayo")
    assert delivered["text"] == made.notice.body


def test_the_end_of_a_failure_that_was_told_is_a_fact_and_no_tampering(made: Made, facts: Make) -> None:
    failure = {"kind": "failure", "starts_at": LOOK, "due_at": LOOK + DAY, "to": "a@b.cl", "facts": {}, "subject": "x"}
    who = {"drafted_at": LOOK, "drafted_by": "system", "changed_at": LOOK, "changed_by": WHO}
    told = {"delivered_at": LOOK, "delivered_by": WHO, "delivery_note": "correo", "body": "x"}
    notice = Notice.objects.create(config=made.upload.config, **failure, **who, **told)
    Notice.objects.filter(id=notice.id).update(ended_at=LOOK + timedelta(hours=3))
    seal(LOOK + DAY)
    assert [said["ended_at"] for said in facts("notice") if said["row"] == str(notice.id)] == [
        None,
        "2024-05-13T17:02:00+00:00",
    ]
    assert (facts("change"), problems()) == ([], [])


def test_a_credential_is_a_fact_without_its_secret_in_no_chain_of_a_work(made: Made, facts: Make, read: Make) -> None:
    (said,) = facts("credential")
    assert (said["usuario"], said["by"], said["revoked_at"]) == (made.credential.usuario, WHO, None)
    assert made.credential.digest not in str(read())
    (entry,) = [one for one in read() if said in one["facts"]]
    assert entry["work"] == "history/76000000-0"
    HistoryCredential.objects.filter(id=made.credential.id).update(last_used_at=LOOK + DAY)
    assert seal(LOOK + DAY) == 0  # each use of it is none
    revoke(credential_id=made.credential.id, by="user:otra@example.cl", now=LOOK + 2 * DAY)
    seal(LOOK + 2 * DAY)
    assert facts("credential")[-1]["by"] == "user:otra@example.cl"
    assert (facts("change"), problems()) == ([], [])


def test_untouched_it_is_intact(made: Made) -> None:
    assert problems() == []


TAMPERINGS = {
    "rule_pack": ("UPDATE rule_pack SET note = 'otra' WHERE version = 2", "dice otra cosa ahora"),
    "rule_pack gone": ("DELETE FROM rule_pack WHERE version = 2", "ya no está"),
    "answer_rule": ("UPDATE answer_rule SET meaning = 'duplicate' WHERE position = 5", "dice otra cosa ahora"),
    "answer_rule ended": ("UPDATE answer_rule SET ended_by = 'user:x' WHERE position = 6", "dice otra cosa ahora"),
    "compliance_upload": ("UPDATE compliance_upload SET content = 'otro'", "dice otra cosa ahora"),
    "compliance_upload gone": ("DELETE FROM compliance_upload", "ya no está"),
    "notice": ("UPDATE notice SET body = 'otro'", "dice otra cosa ahora"),
    "notice gone": ("DELETE FROM notice", "ya no está"),
    "history_credential": ("UPDATE history_credential SET company_rut = '1-9'", "dice otra cosa ahora"),
    "history_credential gone": ("DELETE FROM history_credential", "ya no está"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
@pytest.mark.parametrize("is_traced", [True, False])
def test_each_tampering_is_named(made: Made, facts: Make, name: str, is_traced: bool) -> None:
    table, (statement, says) = name.split()[0], TAMPERINGS[name]
    with connection.cursor() as cursor:
        cursor.execute(UNTRACED.format(table=table))
        if is_traced:  # somebody who takes away the guards, and forgets the ledger's own
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'ledger_%%'", [table]
            )
            for (trigger,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute(statement)
    seal(LOOK + 2 * DAY)
    assert [problem for problem in problems() if problem.endswith(f"de {table} {says}")]
    assert [said["table"] for said in facts("change")] == ([table] if is_traced else [])
    if is_traced:
        assert facts("change")[0]["by"].startswith("database:")


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("answer_rule", "UPDATE answer_rule SET valid_to = now(), ended_by = 'x', ended_note = 'x' WHERE position = 5"),
        ("history_credential", "UPDATE history_credential SET revoked_at = now(), revoked_by = 'x'"),
    ],
)
def test_an_end_that_nobody_told_is_named(made: Made, table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNTRACED.format(table=table))
        cursor.execute(statement)
    (problem,) = problems()
    assert problem.startswith("cómo terminó la fila")
    assert problem.endswith(f"de {table} no está en el libro")


def test_another_password_for_a_credential_is_a_change(made: Made, facts: Make) -> None:
    HistoryCredential.objects.update(digest="f" * 64)
    seal(LOOK + 2 * DAY)
    (change,) = facts("change")
    assert change["after"]["password_rewritten"] is True
    assert "f" * 64 not in str(change)


def test_rows_that_the_ledger_does_not_tell_of_are_named(made: Made) -> None:
    with connection.cursor() as cursor:
        for table in ("compliance_upload", "history_credential"):
            cursor.execute(UNTRACED.format(table=table))
    row = {"sha256": "2" * 64, "name": "x", "content": b"x", "hours": 1, "brought_at": LOOK, "by": WHO}
    upload = Upload.objects.create(config=made.upload.config, recorded_at=LOOK, **row)
    hidden, _ = issue(company_rut="1-9", note="", by=WHO, now=LOOK)
    assert sorted(problems()) == sorted(
        [
            f"la fila {upload.id} de compliance_upload no está en el libro",
            f"la fila {hidden.id} de history_credential no está en el libro",
        ]
    )


@pytest.mark.parametrize("kind", ["rules", "words", "upload", "notice", "credential"])
def test_verify_ledger_names_the_line_of_each_kind_that_was_changed(made: Made, kind: str) -> None:
    lines = list(export([""], start=None, end=None, now=LOOK + 2 * DAY))
    assert findings(b"".join(lines)) == []
    place = next(place for place, line in enumerate(lines) if f'"kind":"{kind}"'.encode() in line)
    lines[place] = (
        lines[place].replace(b'"by":"user:ops', b'"by":"user:ana').replace(b'"by":"system"', b'"by":"nobody"')
    )
    (finding,) = findings(b"".join(lines))
    assert (finding.kind, finding.line) == ("changed", place + 1)


def test_what_was_there_before_is_taken_down_once(made: Made, facts: Make) -> None:
    from importlib import import_module

    before = import_module("compliance_service.ledger.migrations.0006_rules_and_notices").BEFORE
    with connection.cursor() as cursor:
        cursor.execute(before)
    seal(LOOK + 2 * DAY)
    old = [said for said in facts() if said.get("backfilled")]
    assert {"rules", "words", "upload", "notice", "credential"} <= {said["kind"] for said in old}
    assert problems() == []
