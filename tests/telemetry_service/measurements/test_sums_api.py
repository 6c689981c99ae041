"""The latest of many series in one call, and their hours, days and months."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.testing import api_client, service_token, user_token
from telemetry_service.measurements.queries import units
from telemetry_service.measurements.store import make_partitions, merge

pytestmark = pytest.mark.django_db
START = datetime(2024, 3, 25, 17, tzinfo=UTC)  # what the fixture `measured` begins with
HOUR = timedelta(hours=1)


def ask(path: str, token: str | None = None, **query: Any) -> Any:
    query = {name.rstrip("_"): value for name, value in query.items()}
    return api_client(token or user_token()).get(f"/api/telemetry/{path}/", query)


def test_the_latest_of_many_series_comes_in_one_call(measured: Any, django_assert_num_queries: Any) -> None:
    points = sorted(uuid4() for _ in range(3))
    for n, point in enumerate(points):
        measured(point, "flow", [1, 2, n])
        measured(point, "level", [7], quality=3)
    units()  # a process reads them once
    with django_assert_num_queries(1):
        found = ask("latest", points=",".join(map(str, points)), variables="flow,level").json()["results"]
    assert [(row["variable"], row["value"], row["quality"]) for row in found] == [
        item for n in range(3) for item in (("flow", float(n), 1), ("level", 7.0, 3))
    ]
    assert found[0]["time"] == "2024-03-25T19:00:00Z"
    assert found[0]["unit"] == "L/s"


def test_the_answer_is_as_in_the_contract(measured: Any) -> None:
    contract = json.loads((Path(__file__).parents[2] / "contract/telemetry_aggregate.json").read_bytes())
    point = contract["results"][0]["point"]
    measured(UUID(point), "flow", [2.0, 6.0, 4.0])
    measured(UUID(point), "volume", [1.0, 2.0], quality=3)
    span = {"from_": "2024-03-25T04:00:00Z", "to": "2024-03-26T04:00:00Z", "interval": "day", "zone": "utc-4"}
    token = service_token("compliance")
    assert ask("aggregate", token, points=point, variables="flow,volume", **span).json() == contract


def test_nobody_sees_the_latest_of_others(measured: Any) -> None:
    mine, other = uuid4(), uuid4()
    for point in (mine, other):
        measured(point, "flow", [1])
    token = user_token(scopes=["telemetry:read"], points=[mine])
    assert {row["point"] for row in ask("latest", token).json()["results"]} == {str(mine)}
    assert ask("latest", token, points=str(other)).status_code == 403


def day(point: Any, values: list[float], **more: Any) -> None:
    """A value each half hour from the start on."""
    times = [START + n * HOUR / 2 for n in range(len(values))]
    make_partitions(times)
    rows = [(point, "volume", at, value, None, 1, 0, point, 1, None) for at, value in zip(times, values, strict=True)]
    merge(rows, now=START, **more)


def test_hours_say_what_was_in_them(measured: Any) -> None:
    point = uuid4()
    day(point, [0.0, 1.0, 4.0, 4.0, 10.0])
    asked = {"points": str(point), "variables": "volume", "from_": "2024-03-25T17:00:00Z", "to": "2024-03-25T20:00:00Z"}
    rows = ask("aggregate", interval="hour", **asked).json()["results"]
    names = ("bucket", "count", "good", "first", "last", "min", "max", "mean", "weighted_mean", "change")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("2024-03-25T17:00:00Z", 2, 2, 0.0, 1.0, 0.0, 1.0, 0.5, 0.5, 1.0),
        ("2024-03-25T18:00:00Z", 2, 2, 4.0, 4.0, 4.0, 4.0, 4.0, 3.25, 3.0),
        ("2024-03-25T19:00:00Z", 1, 1, 10.0, 10.0, 10.0, 10.0, 10.0, 7.0, 6.0),
    ]


@pytest.mark.parametrize(
    ("zone", "buckets"),
    [
        ("utc", {"2024-03-25": 14, "2024-03-26": 10}),
        ("utc-4", {"2024-03-25": 22, "2024-03-26": 2}),
        ("santiago", {"2024-03-25": 20, "2024-03-26": 4}),
    ],
)
def test_a_day_begins_where_the_asker_lives(zone: str, buckets: dict[str, int]) -> None:
    point = uuid4()
    day(point, [float(n) for n in range(24)])
    asked = {"points": str(point), "from_": "2024-03-01T00:00:00Z", "to": "2024-04-01T12:00:00Z", "zone": zone}
    rows = ask("aggregate", interval="day", **asked).json()["results"]
    assert {row["bucket"]: row["count"] for row in rows} == buckets
    (month,) = ask("aggregate", interval="month", **asked | {"from_": "2024-02-01T00:00:00Z"}).json()["results"]
    assert (month["bucket"], month["count"], month["change"], month["mean"]) == ("2024-03-01", 24, 23.0, 11.5)


@pytest.mark.parametrize(
    ("start", "buckets"),
    [("2024-03-26T03:00:00Z", ["2024-03-26"]), ("2024-03-26T03:00:01Z", [])],
)
def test_a_day_belongs_to_the_interval_in_which_it_begins(start: str, buckets: list[str]) -> None:
    point = uuid4()
    day(point, [float(n) for n in range(24)])
    asked = {"points": str(point), "from_": start, "to": "2024-04-01T12:00:00Z", "zone": "santiago"}
    rows = ask("aggregate", interval="day", **asked).json()["results"]
    assert [row["bucket"] for row in rows] == buckets


@pytest.mark.parametrize("interval", ["hour", "day", "month"])
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_follow_one_another_without_gap_or_repeat(measured: Any, interval: str, limit: int) -> None:
    points = sorted(uuid4() for _ in range(3))
    for point in points:
        for variable in ("flow", "level"):
            measured(point, variable, [1.0] * 5)
        measured(point, "flow", [2.0] * 200)
    asked = {"points": ",".join(map(str, points)), "interval": interval, "limit": limit}
    span = {"from_": "2024-03-01T00:00:00Z", "to": "2024-05-01T00:00:00Z"}
    whole = ask("aggregate", **{**asked, "limit": 10_000}, **span).json()["results"]
    rows, cursor = [], ""
    while cursor is not None:
        page = ask("aggregate", **asked, **span, **({"cursor": cursor} if cursor else {})).json()
        assert len(page["results"]) <= limit
        rows += page["results"]
        cursor = page["next"]
    assert rows == whole
    assert len({(row["point"], row["variable"], row["bucket"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"interval": "week"}, "interval"),
        ({"zone": "lima"}, "zone"),
        ({"to": "2024-03-01T00:00:00Z"}, "to"),
        ({"from_": "2024-03-01"}, "from"),
        ({"cursor": "bm8"}, "cursor"),
        ({"points": "x"}, "points"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, str], field: str) -> None:
    fine = {"interval": "day", "from_": "2024-03-01T00:00:00Z", "to": "2024-04-01T00:00:00Z"}
    response = ask("aggregate", **fine | query)
    assert response.status_code == 400
    assert field in [error["field"].partition("[")[0] for error in response.json()["errors"]]


def test_an_interval_has_two_ends() -> None:
    response = ask("aggregate", interval="day")
    assert {error["field"] for error in response.json()["errors"]} == {"from", "to"}


def test_what_was_known_at_an_instant(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1, 2], now=START + HOUR)
    measured(point, "flow", [1, 9], now=START + 5 * HOUR, version=2)

    def known(as_of: str | None) -> list[Any]:
        asked = {"points": str(point), **({"as_of": as_of} if as_of else {})}
        rows = ask("data", **asked).json()["results"]
        return [(row["value"], row["config_version"], row["known_since"]) for row in rows]

    first, second = "2024-03-25T18:00:00Z", "2024-03-25T22:00:00Z"
    assert known("2024-03-25T17:59:59Z") == []
    assert known(first) == [(1.0, 1, first), (2.0, 1, first)]
    assert known("2024-03-25T21:59:59Z") == [(1.0, 1, first), (2.0, 1, first)]
    assert known(second) == known(None) == [(1.0, 2, second), (9.0, 2, second)]
