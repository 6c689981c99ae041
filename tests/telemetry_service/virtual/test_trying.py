"""A formula on the past before it is switched on: what it would give, and what would be missing when."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.measurements.queries import units_in
from telemetry_service.virtual.operations import process_derived

from .conftest import NOW, START

pytestmark = pytest.mark.django_db
URL = "/api/telemetry/formulas/try/"
DAY = 24 * 60


@pytest.fixture(autouse=True)
def _three_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    units_in.cache_clear()  # another test's variables, known for some seconds
    monkeypatch.setattr("telemetry_service.virtual.api.clock.now", lambda: START + timedelta(days=3))


@pytest.fixture
def ask() -> Callable[..., Any]:
    def post(
        point: UUID, formula: str = "water_table - 10", *, unit: str = "m", client: Any = None, **more: Any
    ) -> Any:
        definition = {"formula": formula, "unit": unit} | more.pop("definition", {})
        body = {"point": str(point), "variable": "drawdown", "definition": definition} | more
        return (client or api_client(user_token())).post(URL, body, format="json")

    return post


def test_what_it_would_give_and_what_would_be_missing(configured: Any, arrive: Any, ask: Any) -> None:
    point = configured()
    arrive([(point, "water_table", minute * 60, 12.0 + minute, 1) for minute in range(6)])
    arrive([(point, "flow", minute * 60, 0.0 if minute == 2 else 4.0, 1) for minute in (1, 2, 3)])
    answer = ask(point, "(water_table - 10) / flow", unit="")
    assert answer.status_code == 200, answer.json()
    said = answer.json()
    assert {name: said[name] for name in ("instants", "good", "missing", "now", "changed")} == {
        "instants": 6, "good": 2, "missing": 4, "now": 0, "changed": 0,
    }  # fmt: skip
    assert said["values"] == {"min": 0.75, "max": 1.25, "mean": 1.0}
    assert said["reasons"] == {"missing_input": 3, "division_by_zero": 1}
    # 24 March 21:00 in Chile is the first instant.
    assert said["missing_by_day"] == {"2024-03-24": 2, "2024-03-25": 2}
    assert [(one["time"], one["value"]) for one in said["examples"]] == [
        ("2024-03-25T03:00:00Z", 1.25),
        ("2024-03-25T01:00:00Z", 0.75),
    ]
    assert said["missing_examples"][-1]["reasons"] == ["missing_input"]


def test_nothing_is_written_and_it_is_what_would_be_made(configured: Any, arrive: Any, ask: Any, stored: Any) -> None:
    from telemetry_service.points.models import PointConfig

    point = configured({"constants": {"static": 10}})
    rows = [(point, "water_table", minute * 60, 12.0 + minute, 3 if minute == 4 else 1) for minute in range(6)]
    arrive(rows)
    before = Measurement.objects.count()
    would = ask(point, "water_table - static").json()
    assert Measurement.objects.count() == before
    virtual = {"drawdown": {"formula": "water_table - static", "unit": "m"}}
    PointConfig.objects.filter(point_id=point).update(
        config={"constants": {"static": 10}, "virtual_variables": virtual}
    )
    process_derived(NOW)
    made = stored(point, "drawdown")
    assert [one["value"] for one in reversed(would["examples"])] == [row[1] for row in made]
    assert (would["instants"], would["good"]) == (6, 5)
    again = ask(point, "water_table - static").json()
    assert (again["now"], again["changed"]) == (6, 0)
    other = ask(point, "water_table - static * 2").json()
    assert (other["now"], other["changed"]) == (6, 6)


def test_over_another_virtual_variable_and_the_versions_that_held(configured: Any, arrive: Any, ask: Any) -> None:
    virtual = {"virtual_variables": {"depth": {"formula": "water_table - static", "unit": "m"}}}
    later = virtual | {"constants": {"static": 5}}
    point = configured(virtual | {"constants": {"static": 10}}, m120=later)
    arrive([(point, "water_table", minute * 60, 20.0, 1) for minute in range(4)])
    said = ask(point, "depth * 2").json()
    assert [one["value"] for one in reversed(said["examples"])] == [20.0, 20.0, 30.0, 30.0]


def test_only_the_days_that_are_asked_for(configured: Any, arrive: Any, ask: Any) -> None:
    point = configured()
    arrive([(point, "water_table", day * DAY + 60, 12.0, 1) for day in range(3)])
    assert [ask(point, days=days).json()["instants"] for days in (1, 2, 3, 90)] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"definition": {"formula": "water_table + flow"}}, "definition.formula", "se suma m con L/s (carácter 13)"),
        ({"definition": {"formula": "water_table +"}}, "definition.formula", "carácter 14"),
        ({"definition": {"formula": "nivel * 2"}}, "definition.formula", "«nivel» no nombra nada (carácter 1)"),
        ({"definition": {"formula": "2 * 3"}}, "definition.formula", "no usa ninguna variable"),
        ({"definition": {"formula": "other - 1"}}, "definition.formula", "other → drawdown → other"),
        ({"definition": {"unit": "L/s"}}, "definition.formula", "da m, no L/s"),
        ({"definition": {"missing": "hold"}}, "definition.hold_s", "va junto con"),
        ({"definition": {"hold_s": 5}}, "definition.hold_s", "va junto con"),
        ({"definition": {"missing": "guess"}}, "definition.missing", ""),
        ({"definition": {"color": "azul"}}, "definition.color", ""),
        ({"variable": "flow"}, "variable", "ya nombra otra cosa"),
        ({"variable": "Nivel 2"}, "variable", ""),
        ({"days": 0}, "days", ""),
        ({"days": 91}, "days", ""),
        ({"dias": 5}, "dias", ""),
    ],
)
def test_what_is_wrong_is_named(configured: Any, ask: Any, body: dict[str, Any], field: str, said: str) -> None:
    point = configured({"virtual_variables": {"other": {"formula": "drawdown * 2", "unit": "m"}}})
    answer = ask(point, **body)
    assert answer.status_code == 400, answer.json()
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert said in error["problem"]


def test_no_more_than_there_is_room_for(
    configured: Any, arrive: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry_service.virtual.trying.MOST_ROWS", 3)
    point = configured()
    arrive([(point, "water_table", minute, 12.0, 1) for minute in range(4)])
    answer = ask(point)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "days"


def test_unknown_and_foreign_points(configured: Any, ask: Any) -> None:
    point = configured()
    assert ask(uuid4()).status_code == 404
    assert ask(point, client=api_client(user_token(points=[uuid4()]))).status_code == 403
    assert ask(point, client=api_client(user_token(scopes=["core:read"]))).status_code == 403
