"""From a row to an entry: what is taken down, when it is sealed, and what a crash or a neighbour changes."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from compliance_service.authorities.models import ComplianceSource
from compliance_service.ledger import operations
from compliance_service.ledger.models import LedgerEntry, LedgerPending
from compliance_service.ledger.operations import seal
from compliance_service.obligations.models import Cause, Obligation
from compliance_service.obligations.operations import change_config, explain
from compliance_service.receipts.models import Incident, ReadBack, Receipt
from compliance_service.receipts.operations import close_incident
from compliance_service.receipts.read_back import read_back
from compliance_service.submissions.models import Attempt, Move
from compliance_service.submissions.operations import resume
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)


def test_an_hour_on_its_way_is_three_entries_each_what_one_transaction_did(
    emptied: None, sent: Make, read: Make
) -> None:
    config = sent()
    entries = [entry for entry in read() if entry["submission"]]
    assert [[said["kind"] for said in entry["facts"]] for entry in entries] == [
        ["judgement", "move"],
        ["move", "request"],
        ["answer", "move", "receipt"],
    ]
    assert {entry["work"] for entry in entries} == {f"DGA/{config.work_code}"}
    assert {entry["slot_at"] for entry in entries} == {"2024-05-13T14:00:00+00:00"}


def test_entries_are_linked_as_one_chain_and_as_a_chain_of_each_work(sent: Make, read: Make) -> None:
    sent()
    sent("OB-0601-102", at=LOOK + HOUR)
    digests = [bytes(digest).hex() for digest in LedgerEntry.objects.order_by("seq").values_list("digest", flat=True)]
    entries = read()
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["previous"] for entry in entries] == ["0" * 64, *digests[:-1]]
    for work in ("DGA", "DGA/OB-0601-101", "DGA/OB-0601-102"):
        mine = [(entry, digest) for entry, digest in zip(entries, digests, strict=True) if entry["work"] == work]
        assert [entry["work_seq"] for entry, _ in mine] == list(range(1, len(mine) + 1))
        assert [entry["work_previous"] for entry, _ in mine] == ["0" * 64, *[digest for _, digest in mine[:-1]]]


def test_a_request_is_kept_with_its_bytes_and_without_its_password(sent: Make, facts: Make) -> None:
    config = sent()
    (request,) = facts("request")
    assert request["body"].startswith('{"autenticacion":{"password":"hmac-sha256:1:')
    assert '"totalizador":"1010"' in request["body"]
    assert (request["headers"]["codigoObra"], request["mac"][:14]) == ("OB-0601-101", "hmac-sha256:1:")
    assert config.password not in str(facts())


def test_an_answer_is_kept_as_it_came(sent: Make, facts: Make, regulator: Regulator) -> None:
    sent()
    (answer,), (receipt,) = facts("answer"), facts("receipt")
    voucher = regulator.records()[0]["voucher"]
    assert (answer["status"], answer["meaning"], answer["encoding"]) == (200, "accepted", "utf-8")
    assert voucher in answer["body"]
    assert (receipt["voucher"], receipt["by_duplicate"]) == (voucher, False)


def test_what_is_decided_names_its_evidence_and_who_decided(sent: Make, facts: Make) -> None:
    sent()
    (judged,), made = facts("judgement"), facts("move")[0]
    assert (made["new"], made["by"], made["at"]) == ("PENDING", "system", "2024-05-13T14:02:00+00:00")
    assert (judged["status"], judged["document"]["caudal"]) == ("PENDING", "12.35")
    assert judged["evidence"]["flow"] == {
        "time": "2024-05-13T14:00:00+00:00",
        "value": 12.345,
        "quality": 1,
        "reasons": [],
        "config_version": 1,
        "known_since": "2024-05-13T14:01:00Z",
    }


def test_an_entry_names_the_entries_with_the_terms_in_force(sent: Make, read: Make) -> None:
    config = sent()
    change_config(config_id=config.id, changes={"end_date": SLOT + DAY})
    seal(LOOK)
    explain(config_id=config.id, start=SLOT, end=SLOT + HOUR, cause=Cause.OTHER, note="x", leave=[], by="a", now=LOOK)
    resume_nothing = Move.objects.create(submission=config.submissions.get(), new="SENT", at=LOOK, by="x")
    seal(LOOK)
    entries = {entry["seq"]: entry for entry in read()}
    first = next(entry for entry in entries.values() if entry["submission"])
    last = entries[max(entries)]
    assert last["facts"][0]["row"] == resume_nothing.id
    for entry, end_date in ((first, "2024-05-13T14:01:00+00:00"), (last, "2024-05-14T14:00:00+00:00")):
        (rules, *_), (terms,) = (entries[entry["terms"][name]]["facts"] for name in ("source", "config"))
        assert (rules["kind"], rules["row"], terms["kind"], terms["end_date"]) == ("source", "DGA", "config", end_date)


def test_a_change_of_the_rules_is_a_fact(sent: Make, facts: Make) -> None:
    config = sent()
    change_config(config_id=config.id, changes={"informant_rut": "11111111-1", "password": "another-secret"})
    source = ComplianceSource.objects.get(code="DGA")
    ComplianceSource.objects.filter(code="DGA").update(config=source.config | {"timeout_s": 20})
    seal(LOOK)
    assert [said["informant_rut"] for said in facts("config")] == ["12345678-5", "11111111-1"]
    assert [said["password_rewritten"] for said in facts("config")] == [False, True]
    assert facts("config")[0]["by"] == "user:ops@example.cl"
    assert [said["config"]["timeout_s"] for said in facts("source") if said["row"] == "DGA"] == [15, 20]
    assert "secret" not in str(facts())


def test_what_moves_with_every_send_is_no_change_of_the_rules(sent: Make, facts: Make) -> None:
    config = sent()
    change_config(config_id=config.id, changes={"next_send_at": LOOK, "made_until": LOOK + DAY})
    seal(LOOK)
    assert len(facts("config")) == 1


def test_an_explanation_is_kept_with_who_and_why(make_config: Make, facts: Make, read: Make) -> None:
    config = make_config(hours=2)
    said = {"cause": Cause.POWER_FAILURE, "note": "corte de energía", "by": "user:ops@example.cl", "leave": []}
    explain(config_id=config.id, start=SLOT, end=SLOT + 2 * HOUR, now=LOOK + HOUR, **said)
    seal(LOOK + HOUR)
    first, second = facts("explanation")
    assert (first["cause"], first["note"], first["by"]) == ("power_failure", "corte de energía", "user:ops@example.cl")
    assert (first["at"], first["config_id"]) == ("2024-05-13T15:02:00+00:00", str(config.id))
    assert [entry["slot_at"] for entry in read() if entry["facts"][0]["kind"] == "explanation"] == [
        "2024-05-13T14:00:00+00:00",
        "2024-05-13T15:00:00+00:00",
    ]
    assert second["row"] != first["row"]


def test_what_is_held_is_kept_with_each_evidence_that_it_was_judged_by(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, facts: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    telemetry.set(config.point_id, "total", 101.0, 3, "truncated_reading")
    run()
    telemetry.set(config.point_id, "total", 12.0, 3, "replacement_proposed")
    run(LOOK + HOUR)
    seal(LOOK + HOUR)
    (held,), judged = facts("move"), facts("judgement")
    assert (held["new"], held["reason"]) == ("HELD", "truncated_reading")
    assert [(said["held_reason"], said["evidence"]["total"]["value"]) for said in judged] == [
        ("truncated_reading", 101.0),
        ("replacement_proposed", 12.0),
    ]


def test_a_receipt_that_is_read_back_is_no_change_of_it_and_the_answer_is_kept(
    sent: Make, facts: Make, read: Make
) -> None:
    sent()
    assert read_back(LOOK + timedelta(minutes=2)) == 1
    seal(LOOK + HOUR)
    (said,) = facts("read_back")
    assert (said["verdict"], said["status"], '"caudal": "12.35"' in said["body"]) == ("matches", 200, True)
    assert (said["receipt_row"], facts("change")) == (facts("receipt")[0]["row"], [])
    last = read()[-1]
    assert (last["work"], last["slot_at"]) == ("DGA/OB-0601-101", "2024-05-13T14:00:00+00:00")


def test_an_incident_and_who_closed_it_are_kept(sent: Make, facts: Make) -> None:
    sent()
    receipt = Receipt.objects.get()
    reading = {"at": LOOK, "url": "u", "verdict": "differs", "differences": [{"field": "caudal"}]}
    reading = ReadBack.objects.create(receipt=receipt, **reading)
    incident = Incident.objects.create(receipt=receipt, read_back=reading, opened_at=LOOK)
    close_incident(incident_id=incident.id, note="reclamo 123", by="user:ops@example.cl", now=LOOK + HOUR)
    seal(LOOK + HOUR)
    opened, closed = facts("incident")
    assert (opened["closed_at"], opened["by"], closed["by"]) == (None, "system", "user:ops@example.cl")
    assert (closed["at"], closed["note"]) == ("2024-05-13T15:02:00+00:00", "reclamo 123")


def test_a_persons_move_names_the_person(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, facts: Make
) -> None:
    config = make_config(informant_rut="11111111-1")
    telemetry.good(config.point_id)
    run()
    resume(config_id=config.id, by="user:ops@example.cl", now=LOOK + HOUR)
    seal(LOOK + HOUR)
    last = facts("move")[-1]
    assert (last["old"], last["new"], last["by"]) == ("REJECTED", "PENDING", "user:ops@example.cl")
    assert "informante" in facts("config")[1]["stopped_reason"]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("receipt", lambda: Receipt.objects.update(voucher="f" * 32)),
        ("submission_attempt", lambda: Attempt.objects.update(response_body=b"{}")),
        ("submission_attempt", lambda: Attempt.objects.update(request_body=b"{}")),
        ("submission_move", lambda: Move.objects.filter(new="SENT").update(by="user:nobody@example.cl")),
        ("submission_move", lambda: Move.objects.filter(new="SENT").delete()),
        ("receipt", lambda: Receipt.objects.all().delete()),
        ("receipt_read_back", lambda: (read_back(LOOK + HOUR), ReadBack.objects.update(verdict="not_found"))),
        ("obligation", lambda: Obligation.objects.update(deadline_at=SLOT + 30 * DAY)),
    ],
)
def test_a_row_that_somebody_changes_by_hand_leaves_a_fact_of_its_own(
    sent: Make, facts: Make, table: str, change: Callable[[], Any]
) -> None:
    sent()
    change()
    seal(LOOK + HOUR)
    (changed,) = facts("change")
    assert (changed["table"], changed["by"]) == (table, "database:compliance")
    assert changed["before"] != changed["after"]


def test_a_row_that_did_not_come_to_be_leaves_no_fact(sent: Make) -> None:
    sent()
    with transaction.atomic():
        Move.objects.create(submission_id=Move.objects.all()[0].submission_id, new="SENT", at=LOOK, by="x")
        transaction.set_rollback(True)
    assert seal(LOOK) == 0


def test_sealing_again_seals_nothing(sent: Make, read: Make) -> None:
    sent()
    before = read()
    assert (seal(LOOK), seal(LOOK + DAY), read()) == (0, 0, before)


def test_batches_make_the_chain_that_one_pass_makes(sent: Make, read: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BATCH", 2)
    monkeypatch.setattr(operations, "FETCH", 1)
    sent()
    entries = read()
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert LedgerPending.objects.count() == 0


def test_what_one_transaction_did_is_one_entry_wherever_a_batch_ends(
    emptied: None, sent: Make, read: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "BATCH", 4)
    monkeypatch.setattr(operations, "FETCH", 1)
    sent()
    assert [len(entry["facts"]) for entry in read() if entry["submission"]] == [2, 2, 3]


def test_a_batch_fits_into_memory(sent: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_BATCH_CHARS", 1)
    monkeypatch.setattr(operations, "FETCH", 1)
    sizes: list[int] = []
    append = operations._append
    monkeypatch.setattr(operations, "_append", lambda taken, now: sizes.append(len(taken)) or append(taken, now))
    sent()
    assert set(sizes) == {1}


def test_a_sealer_that_dies_has_done_nothing(sent: Make, read: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    change_config(config_id=sent().id, changes={"informant_rut": "11111111-1"})
    before, append = read(), operations._append

    def die_after(*taken: Any) -> None:
        append(*taken)
        assert len(read()) == len(before) + 1
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(operations, "_append", die_after)
        with pytest.raises(RuntimeError, match="killed"):
            seal(LOOK)
    assert (read(), seal(LOOK)) == (before, 1)


def test_a_clock_that_went_back_does_not_go_back_in_the_ledger(sent: Make, read: Make) -> None:
    sent(sealed_at=LOOK + DAY)
    sent("OB-0601-102", sealed_at=LOOK)
    assert {entry["sealed_at"] for entry in read()} == {"2024-05-14T14:02:00+00:00"}


def test_a_transaction_that_ends_late_is_sealed_after_those_that_ended_before(emptied: None, make_point: Make) -> None:
    """Its fact has the lower number, and is not there when the others are sealed."""
    started, over = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note("slow")
            started.set()
            assert over.wait(20)
        connections.close_all()

    worker = threading.Thread(target=slow)
    worker.start()
    assert started.wait(20)
    note("quick")
    assert seal(LOOK) >= 1
    over.set()
    worker.join()
    assert seal(LOOK) == 1
    works = list(LedgerEntry.objects.order_by("seq").values_list("work", flat=True))
    assert works[-2:] == ["quick", "slow"]


def test_many_sealers_at_once_make_one_chain(emptied: None) -> None:
    for number in range(200):
        note(f"work {number % 7}")
    sealed: list[int] = []

    def work() -> None:
        sealed.extend(seal(LOOK) for _ in range(5))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seal(LOOK)
    numbers = list(LedgerEntry.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert (len(numbers) >= 200, LedgerPending.objects.count()) == (True, 0)


def note(work: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_pending (transaction, kind, row) "
            "VALUES (pg_current_xact_id()::text::bigint, 'source', json_build_object('code', %s))",
            [work],
        )
