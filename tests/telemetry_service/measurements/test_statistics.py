"""`GET /api/telemetry/statistics/`, against Python's own statistics of the same numbers."""

from datetime import UTC, datetime, timedelta
from statistics import fmean, quantiles, stdev
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.testing import api_client, user_token
from telemetry_service.measurements import statistics as figures
from tests.telemetry_service.conftest import START

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/statistics/"
SPAN = {"from": "2024-03-01T00:00:00Z", "to": "2024-05-01T00:00:00Z"}


def ask(token: str | None = None, **query: Any) -> Any:
    return api_client(token or user_token()).get(URL, SPAN | {name.rstrip("_"): said for name, said in query.items()})


def one(**query: Any) -> Any:
    response = ask(**query)
    assert response.status_code == 200, response.json()
    (found,) = response.json()["results"]
    return found


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_the_figures_are_pythons(measured: Any, values: list[float]) -> None:
    point = uuid4()
    measured(point, "temperature", values)
    found = one(points=point, variables="temperature", percentiles="25,50,75")
    assert (found["count"], found["min"], found["max"]) == (len(values), min(values), max(values))
    assert found["mean"] == pytest.approx(fmean(values), abs=1e-6)
    assert found["sd"] == pytest.approx(stdev(values), rel=1e-6, abs=1e-6)
    quarters = dict(zip(("p25", "p50", "p75"), quantiles(values, n=4, method="inclusive"), strict=True))
    assert found["percentiles"] == pytest.approx(quarters, abs=1e-6)


def test_each_quality_is_counted_and_those_asked_for_are_figured(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.0, 2.0, 3.0])
    measured(point, "flow", [1.0, 90.0], quality=3, now=START + timedelta(minutes=3))
    found = one(points=point, variables="flow")
    assert found["by_quality"] == {"good": 1, "not_evaluated": 0, "suspect": 2, "fail": 0, "missing": 0}
    assert (found["measurements"], found["count"], found["max"], found["sd"]) == (3, 1, 3.0, None)
    both = one(points=point, variables="flow", quality="1,3")
    assert (both["count"], both["max"]) == (3, 90.0)


def test_what_was_known_before_a_correction(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.0, 2.0])
    measured(point, "flow", [1.0, 8.0], now=START + timedelta(days=1))
    before = one(points=point, variables="flow", as_of=(START + timedelta(hours=1)).isoformat())
    assert (before["max"], one(points=point, variables="flow")["max"]) == (2.0, 8.0)


def test_nothing_but_failures_has_no_figures(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [None, None], quality=9)
    found = one(points=point, variables="flow")
    assert (found["measurements"], found["count"], found["mean"]) == (2, 0, None)
    assert found["percentiles"] == {"p5": None, "p25": None, "p50": None, "p75": None, "p95": None}


@pytest.mark.parametrize("zone", ["utc", "utc-4", "santiago"])
def test_days_begin_at_the_zones_midnight(measured: Any, zone: str) -> None:
    """13 days of hours; the night of 7 April, when Chile's clocks go back, has 25 of them."""
    point = uuid4()
    measured(point, "flow", [float(n) for n in range(13 * 24)])
    found = ask(points=point, variables="flow", window="day", zone=zone).json()["results"]
    name = {"utc": "UTC", "utc-4": "Etc/GMT+4", "santiago": "America/Santiago"}[zone]
    counts: dict[datetime, int] = {}
    for hour in range(13 * 24):
        local = (START + timedelta(hours=hour)).astimezone(ZoneInfo(name))
        midnight = datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(name)).astimezone(UTC)
        counts[midnight] = counts.get(midnight, 0) + 1
    assert {datetime.fromisoformat(row["window"]): row["count"] for row in found} == counts
    assert (25 in counts.values()) == (zone == "santiago")


def test_months_and_hours(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.0] * 200)
    months = ask(points=point, variables="flow", window="month").json()["results"]
    assert [(row["window"], row["count"]) for row in months] == [
        ("2024-03-01T00:00:00Z", 151),
        ("2024-04-01T00:00:00Z", 49),
    ]
    hours = ask(points=point, variables="flow", window="hour").json()["results"]
    assert [row["count"] for row in hours] == [1] * 200


def test_too_many_windows_are_said_not_tried(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point = uuid4()
    measured(point, "flow", [1.0] * 30)
    monkeypatch.setattr(figures, "MOST_WINDOWS", 60)
    response = ask(points=point, variables="flow", window="day")
    assert [error["field"] for error in response.json()["errors"]] == ["window"]
    assert ask(points=point, variables="flow", window="month").status_code == 200


def test_too_much_to_read_is_said_not_tried(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point = uuid4()
    measured(point, "flow", [1.0] * 30)
    monkeypatch.setattr(figures, "MOST_READ", 29)
    response = ask(points=point, variables="flow")
    assert [error["field"] for error in response.json()["errors"]] == ["from"]
    assert ask(points=point, variables="flow", to="2024-03-26T00:00:00Z").status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "points"),
        ({"window": "week"}, "window"),
        ({"percentiles": "101"}, "percentiles"),
        ({"percentiles": "a"}, "percentiles"),
        ({"zone": "lima"}, "zone"),
        ({"to": "2024-02-01T00:00:00Z"}, "to"),
        ({"limit": "10"}, "limit"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, str], field: str) -> None:
    said = query if query == {} else {"variables": "flow"} | query
    response = ask(**said)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_nobody_weighs_what_is_others() -> None:
    assert ask(user_token(scopes=["telemetry:read"], points=[uuid4()]), points=uuid4()).status_code == 403
