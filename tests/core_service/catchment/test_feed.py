import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from core_service.catchment import feed, operations
from core_service.catchment.operations import NewConfig
from shared import clock
from shared.testing import api_client, service_token, user_token

CHANGES = "/api/core/points/changes/"
CONTRACT = Path(__file__).parents[2] / "contract" / "points_changes.json"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def reader() -> APIClient:
    return api_client(service_token("telemetry"))


@pytest.mark.django_db
def test_the_answer_is_the_contract(reader: APIClient) -> None:
    """The example in tests/contract is exactly what these two points give."""
    example = json.loads(CONTRACT.read_text())
    for point in example["results"]:
        fields = {k: v for k, v in point.items() if k not in {"id", "deleted", "configs", "updated_at"}}
        first, *later = [_config(one) for one in point["configs"]]
        operations.create_point(fields=fields, config=first, who="test", now=AT, point_id=UUID(point["id"]))
        for config in later:
            operations.update_point(point_id=UUID(point["id"]), fields={}, config=config, who="test", now=AT)
        if point["deleted"]:
            operations.delete_point(point_id=UUID(point["id"]), who="test", now=AT)
    body = reader.get(CHANGES).json()
    assert body | {"next": example["next"]} == example


@pytest.mark.django_db
def test_the_cursor_is_always_there_and_goes_on(reader: APIClient, make_point: Any) -> None:
    nothing = reader.get(CHANGES).json()
    assert (nothing["results"], nothing["more"]) == ([], False)
    first, second = make_point("A"), make_point("B")
    page = reader.get(CHANGES, {"cursor": nothing["next"], "limit": 1}).json()
    assert ([point["code"] for point in page["results"]], page["more"]) == (["A"], True)
    page = reader.get(CHANGES, {"cursor": page["next"], "limit": 1}).json()
    assert ([point["code"] for point in page["results"]], page["more"]) == (["B"], False)
    end = reader.get(CHANGES, {"cursor": page["next"]}).json()
    assert (end["results"], end["next"]) == ([], page["next"])
    operations.update_point(point_id=first.id, fields={"name": "Otro"}, config=None, who="test", now=AT)
    operations.delete_point(point_id=second.id, who="test", now=AT)
    page = reader.get(CHANGES, {"cursor": page["next"]}).json()
    assert [(point["code"], point["deleted"]) for point in page["results"]] == [("A", False), ("B", True)]


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "Wy0xXQ", "WzFlMzBd", "WzEsMl0", "W3RydWVd"])
def test_a_cursor_of_somewhere_else(reader: APIClient, cursor: str) -> None:
    response = reader.get(CHANGES, {"cursor": cursor})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


@pytest.mark.django_db
def test_only_services_read_it() -> None:
    assert api_client(user_token()).get(CHANGES).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_the_reader_misses_none(make_point: Any) -> None:
    """The second waits for the first to commit: no number becomes visible before a lower one."""
    slow, quick = make_point("SLOW"), make_point("QUICK")
    seen = feed.changes_after(seq=0, limit=10)[-1].change_seq
    second = threading.Thread(target=_rename, args=(quick.id,))
    with transaction.atomic():
        operations.update_point(point_id=slow.id, fields={"name": "x"}, config=None, who="test", now=AT)
        second.start()
        second.join(0.5)
        assert second.is_alive()
    second.join(10)
    assert not second.is_alive()
    assert [point.code for point in feed.changes_after(seq=seen, limit=10)] == ["SLOW", "QUICK"]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_reader_would_miss_one(make_point: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above tests something: the same race with numbers from the bare sequence."""
    monkeypatch.setattr(operations, "next_change", _bare_number)
    slow, quick = make_point("SLOW"), make_point("QUICK")
    with transaction.atomic():
        operations.update_point(point_id=slow.id, fields={"name": "x"}, config=None, who="test", now=AT)
        second = threading.Thread(target=_rename, args=(quick.id,))
        second.start()
        second.join(10)
        cursor = feed.next_change()
    assert [point.code for point in feed.changes_after(seq=cursor - 2, limit=10)] == ["QUICK"]


def _rename(point_id: UUID) -> None:
    try:
        operations.update_point(point_id=point_id, fields={"name": "y"}, config=None, who="test", now=clock.now())
    finally:
        connection.close()


def _bare_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('catchment_point_change_seq')")
        return int(cursor.fetchone()[0])


def _config(one: dict[str, Any]) -> NewConfig:
    return NewConfig(one["config"], datetime.fromisoformat(one["valid_from"]) if one["valid_from"] else None)
