"""What the triggers must know of the tables that they stand on."""

import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from compliance_service.ledger.facts import SHAPES
from compliance_service.ledger.models import LedgerEntry, LedgerPending
from compliance_service.ledger.operations import seal
from compliance_service.obligations.models import ComplianceConfig, Obligation
from compliance_service.submissions.models import ComplianceData
from tests.compliance_service.conftest import DAY, LOOK, SLOT

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
BEFORE = import_module("compliance_service.ledger.migrations.0002_hooks").BEFORE


LEFT_OUT = {"password", "made_until", "next_send_at"}


def test_every_column_of_a_configuration_is_a_term_or_left_out_on_purpose(make_config: Make, facts: Make) -> None:
    """A new column is a term, and each change of it a fact: one that moves with every send must be left out."""
    make_config()
    seal(LOOK)
    (said,) = facts("config")
    columns = {field.column for field in ComplianceConfig._meta.concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'ledger_config_changed'")
        listed = cursor.fetchone()[0].partition(" OF ")[2].partition(" ON ")[0].split(", ")
    assert set(listed) == columns - {"made_until", "next_send_at"}
    assert columns - LEFT_OUT - {"id"} <= said.keys()
    assert not LEFT_OUT & said.keys()


def test_what_was_there_before_the_ledger_is_taken_down_once(sent: Make, make_config: Make, read: Make) -> None:
    sent()
    known = len(read())
    with connection.cursor() as cursor:
        cursor.execute(BEFORE)
    assert seal(LOOK + DAY) > 0
    old = [said for entry in read()[known:] for said in entry["facts"]]
    assert sorted({said["kind"] for said in old}) == [
        "answer",
        "config",
        "judgement",
        "move",
        "receipt",
        "request",
        "source",
    ]
    assert all(said["backfilled"] for said in old)
    assert [said["new"] for said in old if said["kind"] == "move"] == ["PENDING", "SENT", "CONFIRMED"]
    assert next(said for said in old if said["kind"] == "judgement")["evidence"]["flow"]["value"] == 12.345


def test_a_session_that_looks_elsewhere_leaves_its_fact_all_the_same(sent: Make) -> None:
    """An administrator in psql has another search path and another time zone."""
    sent()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = public; SET LOCAL timezone = 'America/Santiago'")
        cursor.execute("UPDATE compliance.submission_move SET reason = 'x' WHERE new = 'SENT'")
        cursor.execute("SET LOCAL search_path = compliance; SET LOCAL timezone = 'UTC'")
    pending = LedgerPending.objects.get()
    assert (pending.kind, json.loads(pending.row)["before"]["at"]) == ("change", "2024-05-13T14:02:00+00:00")


def test_every_kind_has_a_shape(sent: Make) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(pg_get_triggerdef(oid), ' ') FROM pg_trigger WHERE tgname LIKE 'ledger_%'")
        triggers = cursor.fetchone()[0]
    for kind in ("move", "request", "receipt", "judgement", "read_back"):
        assert f"ledger_note_added('{kind}')" in triggers
        assert kind in SHAPES
    assert "ledger_note_source()" in triggers
    assert "source" in SHAPES
    for kind in ("explanation", "incident"):
        assert f"ledger_note('{kind}')" in triggers
        assert kind in SHAPES
    assert set(re.findall(r"ledger_note_answer\w+", triggers)) == {"ledger_note_answered", "ledger_note_answers"}
    assert "answer" in SHAPES


def test_what_a_duty_waits_for_is_no_fact(make_config: Make) -> None:
    make_config()
    seal(LOOK)
    count = LedgerEntry.objects.count()
    Obligation.objects.update(next_look_at=SLOT, waiting_for="no_data")
    ComplianceData.objects.update(next_attempt_at=SLOT)
    assert (seal(LOOK), LedgerEntry.objects.count()) == (0, count)


def test_a_duty_that_is_deleted_is_a_fact(make_config: Make, facts: Make) -> None:
    make_config()
    Obligation.objects.all().delete()
    seal(LOOK)
    (change,) = facts("change")
    assert (change["operation"], change["before"]["outcome"], change["after"]) == ("DELETE", "open", None)
