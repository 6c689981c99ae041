"""Trying thresholds over HTTP and from a shell: reads only, and bounded."""

import json
from datetime import timedelta
from io import StringIO
from itertools import accumulate
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared import clock
from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import Point, PointConfig
from telemetry_service.process import trying
from telemetry_service.process.operations import process_backlog

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/rules/try/"
SPIKE = {"spike": {"suspect": 1}}


@pytest.fixture
def past(arrive: Any, feed: Any) -> None:
    """Four days of levels, hourly until an hour ago, with a spike yesterday and one three days ago."""
    now = clock.now()
    values = [5.0] * 96
    values[20], values[80] = 9.0, 12.0
    start = (now - timedelta(hours=97)).replace(minute=0, second=0, microsecond=0)
    arrive(feed(values, "level", start=start), now=now)


def ask(point: UUID, client: Any = None, **changes: Any) -> Any:
    body = {"point": str(point), "variable": "level", "tests": SPIKE, "days": 90} | changes
    return (client or api_client(user_token())).post(URL, body, format="json")


def test_how_often_it_would_have_fired(point: UUID, past: None) -> None:
    answer = ask(point)
    assert answer.status_code == 200
    said = answer.json()
    assert {name: said[name] for name in ("readings", "good", "good_now", "held", "freed")} == {
        "readings": 96,
        "good": 94,
        "good_now": 96,
        "held": 2,
        "freed": 0,
    }
    (fired,) = said["fired"]
    assert (fired["reason"], fired["readings"], fired["readings_now"]) == ("spike", 2, 0)
    assert sum(fired["days"].values()) == 2
    assert [one["value"] for one in fired["examples"]] == [9.0, 12.0]


def test_of_the_last_days_only(point: UUID, past: None) -> None:
    assert [one["value"] for one in ask(point, days=1).json()["fired"][0]["examples"]] == [12.0]
    assert ask(point, days=1).json()["readings"] <= 24


def test_it_says_what_the_engine_does_once_the_thresholds_are_on(point: UUID, past: None) -> None:
    held = ask(point, variable="water_table").json()["held"]
    later = {"quality": {"level": SPIKE, "water_table": SPIKE}}
    PointConfig.objects.update(config={**PointConfig.objects.get().config, **later})
    process_backlog(clock.now())
    assert Measurement.objects.filter(variable="water_table", quality__gt=1).count() == held == 2


class TestOfTheCounter:
    """Its mean flow, hourly: 10 L/s for three days, with an hour of 50 yesterday."""

    FLOW: ClassVar[dict[str, Any]] = {"variable": "mean_flow", "tests": {"spike": {"suspect": 5}}}

    @pytest.fixture
    def counted(self, point: UUID, arrive: Any, feed: Any) -> None:
        now = clock.now()
        steps = [36] * 72
        steps[60] = 180
        start = (now - timedelta(hours=73)).replace(minute=0, second=0, microsecond=0)
        arrive(feed([50_000 + total for total in accumulate(steps)], start=start), now=now)
        PointConfig.objects.update(config={**PointConfig.objects.get().config, "mean_flow": {}, "pipe_diameter": 0.3})

    @pytest.mark.parametrize("is_processed", [True, False])
    def test_it_says_what_the_engine_does_once_the_thresholds_are_on(
        self, point: UUID, counted: None, is_processed: bool
    ) -> None:
        if is_processed:
            process_backlog(clock.now())
        said = ask(point, **self.FLOW).json()
        assert (said["readings"], said["good_now"], said["held"]) == (71, 71, 1)
        (fired,) = said["fired"]
        assert (fired["reason"], [one["value"] for one in fired["examples"]]) == ("spike", [50.0])

        on = {**PointConfig.objects.get().config, "quality": {"mean_flow": self.FLOW["tests"]}}
        PointConfig.objects.update(config=on)
        process_backlog(clock.now())
        doubted = Measurement.objects.filter(variable="mean_flow", value__isnull=False, quality__gt=1)
        assert [row.value for row in doubted] == [50.0]

    def test_of_the_last_days_only(self, point: UUID, counted: None) -> None:
        said = ask(point, days=1, **self.FLOW).json()
        assert (said["held"], 20 < said["readings"] <= 24) == (1, True)

    def test_where_nobody_asked_for_it_there_is_none(self, point: UUID, arrive: Any, feed: Any) -> None:
        arrive(feed([50_000, 50_036, 50_072], start=clock.now() - timedelta(hours=4)), now=clock.now())
        assert ask(point, **self.FLOW).json()["readings"] == 0


@pytest.mark.parametrize("asked", [{}, TestOfTheCounter.FLOW])
def test_nothing_is_written(point: UUID, past: None, asked: dict[str, Any]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask(point, **asked)
    written = ("INSERT", "UPDATE", "DELETE", "CREATE")
    assert queries.captured_queries
    assert [one["sql"] for one in queries.captured_queries if one["sql"].lstrip().upper().startswith(written)] == []


def test_a_point_without_rows_has_nothing_to_show(point: UUID) -> None:
    assert ask(point).json() | {"point": "", "days": 0} == {
        "point": "",
        "variable": "level",
        "days": 0,
        "fired": [],
        **dict.fromkeys(("readings", "good", "good_now", "held", "freed"), 0),
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": 91}, "days"),
        ({"days": 0}, "days"),
        ({"variable": "total"}, "variable"),
        ({"variable": "caudal"}, "variable"),
        ({"tests": {"spikes": {}}}, "tests.spikes"),
        ({"tests": {"spike": {"suspect": "1"}}}, "tests.spike.suspect"),
        ({"tests": {"spike": {}}}, "tests.spike.suspect"),  # a level has no default
        ({"tests": 3}, "tests"),
        ({"prueba": 3}, "prueba"),
    ],
)
def test_a_bad_field_is_named_with_what_would_be_right(point: UUID, changes: Any, field: str) -> None:
    answer = ask(point, **changes)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["expected"]


def test_more_rows_than_there_is_room_for(point: UUID, past: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "MOST_ROWS", 95)
    answer = ask(point)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "days")


def test_whose_points_one_may_not_see_one_may_not_try(point: UUID, past: None) -> None:
    assert ask(point, api_client(user_token(points=[UUID(int=9)]))).status_code == 403
    assert ask(UUID(int=9)).status_code == 404
    assert ask(point, api_client(user_token(scopes=["core:read"]))).status_code == 403


def run(**options: Any) -> str:
    out = StringIO()
    call_command("try_rules", variable="level", stdout=out, **{"tests": json.dumps(SPIKE)} | options)
    return out.getvalue()


def test_from_a_shell(point: UUID, past: None) -> None:
    said = run(point=Point.objects.get().code)
    assert "96 lecturas; buenas 96 → 94: 2 quedarían retenidas" in said
    assert "spike: 2 (ahora 0)" in said
    assert run(point=str(point), days=1).startswith("2")


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"point": "nadie"}, "no existe"), ({"days": 91}, "de 1 a 90"), ({"tests": "{"}, "no es JSON")],
)
def test_a_bad_option_is_named(point: UUID, options: Any, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        run(**{"point": str(point)} | options)


def test_a_bad_threshold_says_what_would_be_right(point: UUID) -> None:
    with pytest.raises(CommandError, match=r"tests\.spike\.suspect: falta ⇒ un umbral"):
        run(point=str(point), tests='{"spike": {}}')
