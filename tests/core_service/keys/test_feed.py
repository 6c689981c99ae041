import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from core_service.keys import feed, operations
from core_service.keys.models import ApiKey
from shared.auth.api_keys import NewSecret
from shared.testing import api_client, service_token, user_token
from tests.core_service.keys.conftest import AT, STAFF, MakeKey

CHANGES, USES = "/api/core/keys/changes/", "/api/core/keys/uses/"
CONTRACT = Path(__file__).parents[2] / "contract" / "keys_changes.json"
LATER = datetime.fromisoformat("2026-03-02T12:00:00Z")
WEEK = timedelta(days=7)


@pytest.fixture
def reader() -> APIClient:
    return api_client(service_token("telemetry"))


@pytest.mark.django_db
def test_the_answer_is_the_contract(reader: APIClient, make_point: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example in tests/contract is exactly what a rotated key and a revoked one give."""
    example = json.loads(CONTRACT.read_text())
    rotated, revoked = example["results"]
    monkeypatch.setattr(operations, "make_secret", _secrets(rotated["secrets"][::-1], revoked["secrets"]).__next__)
    monkeypatch.setattr(operations, "missing_points", lambda wanted, points: [])
    for one in (rotated, revoked):
        operations.create_key(fields=_fields(one), asker=STAFF, now=AT, key_id=UUID(one["id"]))
        if one is rotated:
            operations.rotate_key(key_id=UUID(one["id"]), overlap=WEEK, asker=STAFF, now=LATER)
    operations.revoke_key(key_id=UUID(revoked["id"]), reason="perdida", asker=STAFF, now=LATER)
    body = reader.get(CHANGES)
    assert body["Cache-Control"] == "no-store"
    assert body.json() | {"next": example["next"]} == example


@pytest.mark.django_db
def test_the_cursor_is_always_there_and_goes_on(reader: APIClient, make_key: MakeKey) -> None:
    nothing = reader.get(CHANGES).json()
    assert (nothing["results"], nothing["more"]) == ([], False)
    first, _ = make_key(name="A"), make_key(name="B")
    page = reader.get(CHANGES, {"cursor": nothing["next"], "limit": 1}).json()
    assert ([key["name"] for key in page["results"]], page["more"]) == (["A"], True)
    page = reader.get(CHANGES, {"cursor": page["next"]}).json()
    assert ([key["name"] for key in page["results"]], page["more"]) == (["B"], False)
    operations.change_key(key_id=first.key.id, fields={"name": "C"}, asker=STAFF, now=LATER)
    page = reader.get(CHANGES, {"cursor": page["next"]}).json()
    assert [key["name"] for key in page["results"]] == ["C"]


@pytest.mark.django_db
def test_a_use_is_no_change_and_never_goes_back(reader: APIClient, make_key: MakeKey) -> None:
    key = make_key().key
    cursor = reader.get(CHANGES).json()["next"]
    for at, moved in ((LATER, 1), (AT, 0), (LATER, 0), (LATER + WEEK, 1)):
        uses = [{"key": str(key.id), "used_at": at.isoformat()}, {"key": str(UUID(int=9)), "used_at": at.isoformat()}]
        assert reader.post(USES, {"uses": uses}, format="json").json() == {"moved": moved}
    assert ApiKey.objects.get().last_used_at == LATER + WEEK
    assert reader.get(CHANGES, {"cursor": cursor}).json()["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("token", [user_token, lambda: service_token("compliance")])
def test_only_telemetry_reads_it_and_tells_uses(token: Any) -> None:
    client = api_client(token())
    assert client.get(CHANGES).status_code == 403
    assert client.post(USES, {"uses": []}, format="json").status_code == 403


@pytest.mark.django_db
def test_a_use_that_cannot_be_read_is_named(reader: APIClient) -> None:
    body = {"uses": [{"key": "x", "used_at": "2026-03-01T12:00:00"}]}
    errors = {one["field"] for one in reader.post(USES, body, format="json").json()["errors"]}
    assert {field.split(".")[-1] for field in errors} == {"key", "used_at"}


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_the_reader_misses_none(make_key: MakeKey) -> None:
    """The second waits for the first to commit, as in the points' feed, whose lock is another."""
    slow, quick = make_key(name="SLOW").key, make_key(name="QUICK").key
    seen = feed.changes_after(seq=0, limit=10)[-1].change_seq
    second = threading.Thread(target=_revoke, args=(quick.id,))
    with transaction.atomic():
        operations.change_key(key_id=slow.id, fields={"expires_at": None}, asker=STAFF, now=LATER)
        second.start()
        second.join(0.5)
        assert second.is_alive()
    second.join(10)
    assert not second.is_alive()
    assert [key.name for key in feed.changes_after(seq=seen, limit=10)] == ["SLOW", "QUICK"]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_point_does_not_wait_for_a_change_of_a_key(make_key: MakeKey, make_point: Any) -> None:
    done = threading.Thread(target=_make_point, args=(make_point,))
    with transaction.atomic():
        make_key()
        done.start()
        done.join(10)
        assert not done.is_alive()


def _revoke(key_id: UUID) -> None:
    try:
        operations.revoke_key(key_id=key_id, reason="", asker=STAFF, now=LATER)
    finally:
        connection.close()


def _make_point(make_point: Any) -> None:
    try:
        make_point("AT-ONCE")
    finally:
        connection.close()


def _secrets(*lists: list[dict[str, str]]) -> Iterator[NewSecret]:
    for one in (one for listed in lists for one in listed):
        yield NewSecret("stk_…", one["prefix"], one["hash_key"], one["digest"])


def _fields(one: dict[str, Any]) -> dict[str, Any]:
    ids = {name: [UUID(text) for text in one[name]] for name in ("sources", "points")}
    expires_at = datetime.fromisoformat(one["expires_at"]) if one["expires_at"] else None
    return {"name": one["name"], "expires_at": expires_at, **ids}
