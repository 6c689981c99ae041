"""Faults over HTTP and from a shell: reads only, and bounded."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from shared import clock
from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import Point, PointConfig
from telemetry_service.process.operations import process_backlog

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/findings/"


@pytest.fixture
def past(arrive: Any, feed: Any, point: UUID) -> Any:
    """Six days until an hour ago; yesterday the level rose above all, three days ago the counter read 0 once."""
    now = clock.now()
    start = (now - timedelta(hours=24 * 6)).replace(minute=0, second=0, microsecond=0)
    total: list[Any] = [50_000 + 12 * hour for hour in range(24 * 6)]
    level: list[Any] = [20.0] * len(total)
    total[70], level[125] = 0, 97.5
    arrive(feed(total, start=start) + feed(level, "level", start=start), now=now)
    return start


def ask(point: UUID, start: Any, client: Any = None, **more: Any) -> Any:
    asked = {"point": str(point), "from": start.isoformat(), "to": clock.now().isoformat()} | more
    return (client or api_client(user_token())).get(URL, asked)


def test_what_was_found_is_said_by_name(point: UUID, past: Any) -> None:
    answer = ask(point, past)
    assert answer.status_code == 200
    reset, level = answer.json()["results"]
    assert (reset["name"], reset["seen"], reset["expected"]) == ("ZERO_TOTAL_RESET", 0, 50_000 + 12 * 69)
    assert reset["from"] == reset["to"] == f"{past + timedelta(hours=70):%Y-%m-%dT%H:%M:%SZ}"
    assert (level["name"], level["seen"], level["expected"]) == ("LEVEL_MAX_RESET", 97.5, 95)


def test_nothing_is_written(point: UUID, past: Any) -> None:
    ask(point, past)
    assert not Measurement.objects.exists()


def test_with_what_was_known_before_the_window(point: UUID, past: Any) -> None:
    """From a checkpoint on it finds what it finds from the first row on."""
    whole = ask(point, past).json()
    process_backlog(clock.now())
    assert ask(point, past).json() == whole
    (level,) = ask(point, past + timedelta(hours=24 * 5)).json()["results"]
    assert level["name"] == "LEVEL_MAX_RESET"


def test_the_most_has_dates_of_its_own(point: UUID, past: Any) -> None:
    config = PointConfig.objects.get(point_id=point)
    config.config |= {"level_max": 120}
    config.save()
    assert [one["name"] for one in ask(point, past).json()["results"]] == ["ZERO_TOTAL_RESET"]


@pytest.mark.parametrize(
    ("wrong", "field"), [({"to": "2000-01-01T00:00:00Z"}, "to"), ({"from": "ayer"}, "from"), ({"dias": "3"}, "dias")]
)
def test_a_bad_field_is_named(point: UUID, past: Any, wrong: dict[str, str], field: str) -> None:
    answer = ask(point, past, **wrong)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_window_has_an_end(point: UUID, past: Any) -> None:
    answer = ask(point, past - timedelta(days=400))
    assert answer.status_code == 400
    assert "366" in str(answer.json())


def test_unknown_and_foreign_points(past: Any, point: UUID) -> None:
    assert ask(uuid4(), past).status_code == 404
    assert ask(point, past, api_client(user_token(points=[uuid4()]))).status_code == 403


def test_from_a_shell(point: UUID, past: Any) -> None:
    out, code = StringIO(), Point.objects.get(id=point).code
    call_command("find_faults", point=code, days=30, stdout=out)
    assert "ZERO_TOTAL_RESET: el totalizador pasa de 50828 a 0 m³" in out.getvalue()
    assert out.getvalue().endswith("2 hallazgos en 30 días (horas en UTC)\n")
    for wrong in ({"point": code, "days": 0}, {"point": "NO-HAY", "days": 3}):
        with pytest.raises(CommandError):
            call_command("find_faults", **wrong)
