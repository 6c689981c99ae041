"""The backlog says what is left to process, and loses nothing that comes while it is worked off."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from shared.db.together import Together
from telemetry_service.raw.models import ProcessBacklog
from telemetry_service.raw.operations import CLAIM, Backlog, claim_backlog, finish_backlog, request_processing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
POINT = uuid.UUID(int=1)
HOUR = timedelta(hours=1)


def ask(from_time: datetime = NOW, point: uuid.UUID = POINT, at: datetime = NOW) -> None:
    request_processing(point_id=point, from_time=from_time, now=at)


def test_a_point_waits_once_from_its_earliest_change() -> None:
    ask(NOW)
    ask(NOW - HOUR)
    ask(NOW + HOUR)
    row = ProcessBacklog.objects.get()
    assert (row.from_time, row.version, row.requested_at) == (NOW - HOUR, 2, NOW)


def test_those_that_waited_longest_come_first() -> None:
    points = [uuid.UUID(int=n) for n in range(1, 4)]
    for n, point in enumerate(points):
        ask(point=point, at=NOW - n * HOUR)
    assert [one.point_id for one in claim_backlog(now=NOW, limit=2)] == [points[2], points[1]]
    assert [one.point_id for one in claim_backlog(now=NOW, limit=2)] == [points[0]]
    assert claim_backlog(now=NOW, limit=2) == []


def finish(claimed: Backlog) -> None:
    together = Together()
    finish_backlog(claimed, on=together)
    with connection.cursor() as cursor:
        together.send(cursor)


def test_what_is_finished_is_gone() -> None:
    ask()
    (claimed,) = claim_backlog(now=NOW, limit=1)
    finish(claimed)
    assert not ProcessBacklog.objects.exists()


def test_what_came_meanwhile_is_not_lost() -> None:
    ask()
    (claimed,) = claim_backlog(now=NOW, limit=1)
    ask(NOW - 5 * HOUR)
    finish(claimed)
    (again,) = claim_backlog(now=NOW, limit=1)
    assert again.from_time == NOW - 5 * HOUR
    finish(again)
    assert not ProcessBacklog.objects.exists()


def test_what_a_dead_worker_held_comes_back() -> None:
    ask()
    assert len(claim_backlog(now=NOW, limit=1)) == 1
    assert claim_backlog(now=NOW + CLAIM - timedelta(seconds=1), limit=1) == []
    assert len(claim_backlog(now=NOW + CLAIM, limit=1)) == 1
