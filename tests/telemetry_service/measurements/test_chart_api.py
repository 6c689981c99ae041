from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import api_client, user_token
from telemetry_service.measurements import charts
from tests.telemetry_service.conftest import START

pytestmark = pytest.mark.django_db


def ask(token: str | None = None, **query: Any) -> Any:
    fine = {"variable": "flow", "from": "2024-03-01T00:00:00Z", "to": "2024-05-01T00:00:00Z"}
    said = {name.rstrip("_"): value for name, value in query.items()}
    return api_client(token or user_token()).get("/api/telemetry/chart/", fine | said)


@pytest.mark.parametrize("method", ["lttb", "minmax"])
def test_a_series_as_wide_as_the_chart(measured: Any, method: str) -> None:
    point = uuid4()
    measured(point, "flow", [0.0] * 300 + [7.25] + [0.0] * 300)
    body = ask(point=point, width=40, method=method).json()
    assert body["unit"] == "L/s"
    assert len(body["pairs"]) <= 40
    peak = (START + timedelta(hours=300)).isoformat().replace("+00:00", "Z")
    assert [peak, 7.25] in body["pairs"]


def test_only_good_ones_unless_asked(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.0, 2.0])
    measured(point, "level", [3.0], quality=3)
    assert [value for _, value in ask(point=point).json()["pairs"]] == [1.0, 2.0]
    assert ask(point=point, variable="level").json()["pairs"] == []
    assert [value for _, value in ask(point=point, variable="level", quality="3").json()["pairs"]] == [3.0]


def test_the_interval_is_half_open(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.0, 2.0, 3.0])
    pairs = ask(point=point, from_="2024-03-25T18:00:00Z", to="2024-03-25T19:00:00Z").json()["pairs"]
    assert pairs == [["2024-03-25T18:00:00Z", 2.0]]


def test_too_much_to_read_is_said_not_tried(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point = uuid4()
    measured(point, "flow", [1.0] * 6)
    monkeypatch.setattr(charts, "MOST_READ", 5)
    response = ask(point=point)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "from"


def test_nobody_draws_what_is_others() -> None:
    assert ask(user_token(scopes=["telemetry:read"], points=[uuid4()]), point=uuid4()).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"variable": "x'"}, "variable"),
        ({"width": 3}, "width"),
        ({"method": "mean"}, "method"),
        ({"point": ""}, "point"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, Any], field: str) -> None:
    response = ask(**{"point": uuid4()} | query)
    assert [error["field"] for error in response.json()["errors"]] == [field]
