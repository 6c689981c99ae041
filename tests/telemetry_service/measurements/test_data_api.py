"""`GET /api/telemetry/data/`, against the contract that Compliance and the demo read it by."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from shared.testing import api_client, service_token, user_token
from telemetry_service.measurements import series
from telemetry_service.measurements.quality import Reason

pytestmark = pytest.mark.django_db
CONTRACT = json.loads((Path(__file__).parents[2] / "contract/telemetry_data.json").read_bytes())
POINT = UUID("0b6f1c1e-6f0e-4c52-9d0e-2a1f5d3c7a10")
URL = "/api/telemetry/data/"


def ask(token: str | None = None, **query: Any) -> Any:
    query = {name.rstrip("_"): value for name, value in query.items()}
    return api_client(token or service_token("compliance")).get(URL, query)


def test_the_answer_is_as_in_the_contract(measured: Any) -> None:
    measured(POINT, "flow", [1.91])
    measured(POINT, "total", [0.0], quality=4, reasons=Reason.ZERO_GLITCH)
    measured(POINT, "water_table", [None], quality=2, reasons=Reason.NO_SENSOR_DEPTH, version=None)
    assert ask(points=str(POINT), variables="flow,total,water_table").json() == CONTRACT


def test_the_interval_is_half_open(measured: Any) -> None:
    measured(POINT, "flow", [0, 1, 2, 3])
    found = ask(points=str(POINT), from_="2024-03-25T18:00:00Z", to="2024-03-25T16:00:00-04:00").json()
    assert [row["value"] for row in found["results"]] == [1, 2]


def test_quality_filters(measured: Any) -> None:
    measured(POINT, "flow", [0, 1])
    measured(POINT, "level", [0, 1], quality=3)
    measured(POINT, "total", [0, 1], quality=4)
    assert {row["variable"] for row in ask(points=str(POINT), quality="1,3").json()["results"]} == {"flow", "level"}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_follow_one_another_without_gap_or_repeat(measured: Any, limit: int) -> None:
    points = sorted([uuid4(), uuid4()])
    for point in points:
        measured(point, "flow", list(range(4)))
        measured(point, "level", list(range(3)))
    asked = {"points": ",".join(map(str, reversed(points))), "limit": limit}
    rows, cursor = [], ""
    while True:
        page = ask(**asked, **({"cursor": cursor} if cursor else {})).json()
        assert len(page["results"]) <= limit
        rows += [(row["point"], row["variable"], row["time"]) for row in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert rows == sorted(set(rows))
    assert len(rows) == 14


def test_more_series_than_one_query_takes(measured: Any) -> None:
    points = sorted(uuid4() for _ in range(120))
    for point in (points[0], points[-1]):
        measured(point, "flow", [1])
    found = ask(points=",".join(map(str, points)), variables="flow").json()
    assert [row["point"] for row in found["results"]] == [str(points[0]), str(points[-1])]


@pytest.mark.parametrize("more", [{}, {"as_of": "2030-01-01T00:00:00Z"}])
def test_too_many_series_are_said_not_tried(
    measured: Any, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    points = [uuid4(), uuid4()]
    for point in points:
        measured(point, "flow", [1])
    monkeypatch.setattr(series, "MOST_SERIES", 1)
    answer = ask(points=",".join(map(str, points)), variables="flow", **more)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "points")
    assert "variables" in answer.json()["errors"][0]["expected"]
    assert ask(points=str(points[0]), variables="flow", **more).status_code == 200


def test_of_many_series_those_that_are_there_count(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [uuid4() for _ in range(40)]
    measured(points[7], "flow", [1, 2])
    monkeypatch.setattr(series, "MOST_SERIES", 1)
    found = ask(points=",".join(map(str, points)), variables="flow,level").json()["results"]
    assert [row["value"] for row in found] == [1, 2]


def test_values_that_are_no_numbers(measured: Any) -> None:
    """As JSON says them; they come by no rule of ours yet, so they are written here as they would be stored."""
    measured(POINT, "flow", [1e20, 0.1, -0.0])
    with connection.cursor() as cursor:
        said = "quality = 2, value = NULL, value_text = 'cerrada «\"»', known_since = known_since"
        cursor.execute(f"UPDATE measurement SET {said} WHERE value = 1e20")
        cursor.execute("UPDATE measurement SET quality = 2, value = NULL, value_bool = true WHERE value = 0.1")
    values = [row["value"] for row in ask(points=str(POINT)).json()["results"]]
    assert values == ['cerrada «"»', True, 0]


def test_a_user_sees_only_his_points(measured: Any, make_point: Any) -> None:
    mine, other = make_point("MIO").id, make_point("AJENO").id
    for point in (mine, other):
        measured(point, "flow", [1])
    token = user_token(points=[mine])
    assert {row["point"] for row in ask(token).json()["results"]} == {str(mine)}
    assert {row["point"] for row in ask(user_token()).json()["results"]} == {str(mine), str(other)}
    refused = ask(token, points=f"{mine},{other}")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"points": "abc"}, "points"),
        ({"variables": "flow,caudal"}, "variables"),
        ({"from_": "2024-03-25T18:00:00"}, "from"),
        ({"from_": "ayer"}, "from"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "to"),
        ({"from_": "2024-03-25T18:00:00Z", "to": "2024-03-25T17:00:00Z"}, "to"),
        ({"quality": "1,7"}, "quality"),
        ({"quality": "good"}, "quality"),
        ({"limit": "0"}, "limit"),
        ({"limit": "100000"}, "limit"),
        ({"cursor": "zzz"}, "cursor"),
        ({"cursor": "WyJhIl0"}, "cursor"),
        ({"desde": "2024-03-25"}, "desde"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, str], field: str) -> None:
    answer = ask(**query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["expected"]


def test_reading_needs_its_scope() -> None:
    assert ask(user_token(scopes=["core:read"])).status_code == 403
    assert api_client().get(URL).status_code == 401


def test_a_replay_keeps_known_since_and_a_correction_moves_it(measured: Any) -> None:
    assert measured(POINT, "flow", [1.0, 2.0]) == 2
    first = ask(points=str(POINT)).json()["results"]
    later = {"now": datetime.fromisoformat(first[0]["known_since"]) + timedelta(days=1)}
    assert measured(POINT, "flow", [1.0, 2.0], **later) == 0
    assert measured(POINT, "flow", [1.0, 2.5], **later) == 1
    known = [row["known_since"] for row in ask(points=str(POINT)).json()["results"]]
    assert known == ["2024-03-25T17:02:00Z", "2024-03-26T17:02:00Z"]
