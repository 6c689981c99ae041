"""What is asked of measurements: a range, pages, what was known then, and from a number back to its bytes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.testing import api_client, user_token
from telemetry_service.process.operations import process_backlog
from tests.telemetry_service.process.conftest import HOUR, NOW, START

pytestmark = pytest.mark.django_db
DAYS = 40
LEVELS = [20.0 + n % 5 for n in range(24 * DAYS)]


@pytest.fixture(autouse=True)
def levels(arrive: Callable[..., None], feed: Any) -> None:
    arrive(feed(LEVELS, "level"))
    process_backlog(NOW)


def ask(path: str, **query: Any) -> Any:
    answer = api_client(user_token()).get(f"/api/telemetry/{path}/", {k.rstrip("_"): v for k, v in query.items()})
    assert answer.status_code == 200, answer.content
    return answer.json()


def data(point: UUID, **query: Any) -> list[Any]:
    rows, cursor = [], {}
    while True:
        page = ask("data", points=str(point), variables="level", **query, **cursor)
        rows += page["results"]
        if page["next"] is None:
            return rows
        cursor = {"cursor": page["next"]}


def test_a_range_over_two_chunks_is_whole_and_half_open(point: UUID) -> None:
    start, end = START + timedelta(days=5), START + timedelta(days=35)
    rows = data(point, from_=start.isoformat(), to=end.isoformat(), limit=100)
    assert [row["value"] for row in rows] == LEVELS[24 * 5 : 24 * 35]
    assert rows == sorted(rows, key=lambda row: row["time"])


def test_latest_is_the_last(point: UUID) -> None:
    (latest,) = ask("latest", points=str(point), variables="level")["results"]
    assert latest["value"] == LEVELS[-1]


def test_what_was_known_then_is_still_said(point: UUID, arrive: Any, feed: Any) -> None:
    at = START + timedelta(days=20, minutes=30)
    before = data(point, limit=1000)
    arrive(feed([55.5], "level", start=at), now=NOW + HOUR)
    process_backlog(NOW + HOUR)
    assert len(data(point, limit=1000)) == len(before) + 1
    assert data(point, limit=1000, as_of=NOW.isoformat()) == before


def test_a_number_leads_back_to_its_bytes(point: UUID) -> None:
    start = START + timedelta(days=33)
    (instant,) = ask("lineage", point=point, from_=start.isoformat(), to=(start + HOUR).isoformat())["results"]
    (reading,) = instant["readings"]
    assert [made["value"] for made in instant["measurements"] if made["variable"] == "level"] == [
        float(reading["value"])
    ]
    came = {"received_at": reading["answer"]["received_at"]}
    got = api_client(user_token()).get(f"/api/telemetry/answers/{reading['answer']['id']}/", came)
    assert (got.status_code, got.content) == (200, b"{}")
