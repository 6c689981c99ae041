"""TelemetryGroup: what a schema says of a point at an instant or over a period, read from the measurements."""

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from shared.testing import api_client, user_token
from telemetry_service.measurements.quality import Reason
from telemetry_service.schemas.grouping import Columns, grouped, layout_of
from telemetry_service.schemas.models import TelemetrySchema
from tests.telemetry_service.schemas.conftest import WELL

SCHEMAS, GROUPS = "/api/telemetry/schemas/", "/api/telemetry/groups/"


@pytest.fixture
def saved(db: None) -> Any:
    def save(**changes: Any) -> str:
        response = api_client(user_token()).post(SCHEMAS, {**WELL, **changes}, format="json")
        assert response.status_code == 201, response.content
        return str(response.json()["id"])

    return save


def ask(schema: str, path: str = GROUPS, token: str | None = None, **query: Any) -> Any:
    query = {name.rstrip("_"): value for name, value in query.items()}
    return api_client(token or user_token()).get(path, {"schema": schema, **query})


@pytest.mark.django_db
def test_an_instant_is_grouped_converted_checked_and_calculated(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point().id
    measured(point, "flow", 10.0)
    measured(point, "water_table", 14.5)
    measured(point, "volume", (7.0, 3), reasons=Reason.NOISE)
    body = ask(saved()).json()
    (group,) = body["results"]
    assert (group["catchment_point"], group["timestamp"]) == (str(point), "2024-03-25T12:00:00Z")
    assert group["grouped_data"] == {
        "hidraulica": {
            "volume": {"value": 7.0, "quality": 3, "reasons": ["noise"]},
            "flow": {"value": 36.0, "quality": 1, "reasons": []},
        },
        "nivel": {"water_table": {"value": 14.5, "quality": 1, "reasons": []}},
    }
    assert group["calculated_fields"] == {
        "drawdown": {"value": 2.0, "quality": 1, "reasons": []},
        "yield_l_s_m": {"value": 5.0, "quality": 1, "reasons": []},
    }
    assert group["processing_status"] == "COMPLETED"
    assert [one["code"] for one in body["columns"]] == ["water_table", "volume", "drawdown", "yield_l_s_m", "flow"]
    assert body["columns"][-1] == {
        "code": "flow", "label": "Caudal", "unit": "m3/h", "decimals": 1, "group": "hidraulica",
    }  # fmt: skip


@pytest.mark.django_db
def test_what_is_missing_is_said_and_never_a_number(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point().id
    measured(point, "flow", 10.0, 60.0)
    measured(point, "water_table", 12.5)
    first, second = ask(saved()).json()["results"]
    assert first["calculated_fields"]["yield_l_s_m"] == {"value": None, "quality": 9, "reasons": ["division_by_zero"]}
    assert first["grouping_metadata"] == {"missing": ["volume", "yield_l_s_m"], "invalid": ["volume"]}
    assert first["processing_status"] == "FAILED"
    assert second["grouped_data"]["hidraulica"]["flow"]["problems"] == ["above_max"]
    assert second["grouped_data"]["nivel"]["water_table"]["reasons"] == ["missing_input"]
    assert second["grouping_metadata"]["missing"] == ["water_table", "volume", "drawdown", "yield_l_s_m"]


@pytest.mark.django_db
def test_values_are_held_as_long_as_the_schema_says(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point().id
    measured(point, "flow", 1.0, 1.0, 1.0)
    measured(point, "water_table", 14.5)
    schema = saved(processing_config={"hold_s": 3600}, validation_rules={})
    cells = [row["grouped_data"]["nivel"]["water_table"] for row in ask(schema).json()["results"]]
    assert [(cell["value"], cell["quality"]) for cell in cells] == [(14.5, 1), (14.5, 3), (None, 9)]
    assert cells[1]["reasons"] == ["held_input"]


@pytest.mark.django_db
def test_a_compliance_schema_shows_good_values_alone(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point().id
    measured(point, "flow", (10.0, 3), 11.0)
    measured(point, "water_table", 14.5, 14.5)
    schema = saved(schema_type="COMPLIANCE", display_config={}, validation_rules={})
    rows = ask(schema).json()["results"]
    assert [row["grouped_data"]["hidraulica"]["flow"]["value"] for row in rows] == [None, 11.0]
    assert [row["calculated_fields"]["yield_l_s_m"]["value"] for row in rows] == [None, 5.5]


@pytest.mark.django_db
def test_an_alert_schema_shows_what_breaks_a_rule(saved: Any, measured: Any, make_point: Any) -> None:
    measured(make_point().id, "flow", 1.0, 51.0, 2.0, -1.0)
    schema = saved(schema_type="ALERT", validation_rules={"flow": {"min": 0, "max": 50}})
    found = [row["grouped_data"]["hidraulica"]["flow"]["problems"] for row in ask(schema).json()["results"]]
    assert found == [["above_max"], ["below_min"]]


@pytest.mark.django_db
def test_a_report_is_of_periods(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point().id
    measured(point, "flow", *[float(hour) for hour in range(30)])
    measured(point, "volume", *[hour * 2.0 for hour in range(30)])
    schema = saved(
        schema_type="REPORT",
        processing_config={"interval": "day", "zone": "utc-4", "figures": {"flow": "max"}},
        validation_rules={},
        display_config={},
    )
    span = {"from_": "2024-03-25T00:00:00Z", "to": "2024-03-27T00:00:00Z"}
    first, second = ask(schema, **span).json()["results"]
    assert (first["timestamp"], second["timestamp"]) == ("2024-03-25", "2024-03-26")
    assert [row["grouped_data"]["hidraulica"]["flow"]["value"] for row in (first, second)] == [15.0, 29.0]
    assert [row["grouped_data"]["hidraulica"]["volume"]["value"] for row in (first, second)] == [30.0, 28.0]
    assert first["grouped_data"]["nivel"]["water_table"]["reasons"] == ["missing_input"]
    page = ask(schema, **span, limit=1).json()
    assert [row["timestamp"] for row in page["results"]] == ["2024-03-25"]
    following = ask(schema, **span, limit=1, cursor=page["next"]).json()
    assert [row["timestamp"] for row in following["results"]] == ["2024-03-26"]
    assert following["next"] is None
    assert ask(schema).json()["errors"][0]["field"] == "from"
    assert ask(schema, from_="1900-01-01T00:00:00Z", to="2024-03-27T00:00:00Z").status_code == 400


@pytest.mark.django_db
def test_the_latest_of_each_variable_says_its_time(saved: Any, measured: Any, make_point: Any) -> None:
    point = make_point("CON").id
    make_point("SIN")
    measured(point, "flow", 1.0, 2.0)
    measured(point, "water_table", 14.5)
    (group,) = ask(saved(), f"{GROUPS}latest/").json()["results"]
    assert group["timestamp"] == "2024-03-25T13:00:00Z"
    assert group["grouped_data"]["hidraulica"]["flow"]["value"] == 7.2
    assert group["grouped_data"]["nivel"]["water_table"]["time"] == "2024-03-25T12:00:00Z"
    assert group["grouped_data"]["hidraulica"]["volume"]["time"] is None


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_follow_one_another_without_gap_or_repeat(saved: Any, measured: Any, make_point: Any, limit: int) -> None:
    points = sorted(make_point(code).id for code in "AB")
    for point in points:
        measured(point, "flow", 1.0, None, 1.0, 1.0)
        measured(point, "water_table", None, 1.0, 1.0)
    schema, rows, cursor = saved(), [], ""
    while cursor is not None:
        page = ask(schema, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        rows += [(row["catchment_point"], row["timestamp"]) for row in page["results"]]
        cursor = page["next"]
    assert rows == sorted(set(rows))
    assert len(rows) == 8


@pytest.mark.django_db
def test_who_may_see_what(saved: Any, measured: Any, make_point: Any) -> None:
    mine, other, schema = make_point("MIO").id, make_point("AJENO").id, saved()
    for point in (mine, other):
        measured(point, "flow", 1.0)
    token = user_token(points=[mine], scopes=["telemetry:read"])
    assert [row["catchment_point"] for row in ask(schema, token=token).json()["results"]] == [str(mine)]
    assert ask(schema, token=token, points=str(other)).status_code == 403
    assert api_client(token).post(SCHEMAS, WELL, format="json").status_code == 403
    assert ask("0b8c5a52-7d0f-4d35-9a5e-1c5ef2f0a001").status_code == 404


@pytest.mark.django_db
def test_a_page_costs_as_many_queries_whatever_its_length(saved: Any, measured: Any, make_point: Any) -> None:
    point, schema = make_point().id, saved()
    counts = []
    for hours in (2, 200):
        measured(point, "flow", *[1.0] * hours)
        with CaptureQueriesContext(connection) as captured:
            assert len(ask(schema, points=str(point), limit=1000).json()["results"]) == hours
        counts.append(len(captured))
    assert counts[0] == counts[1]


@given(st.lists(st.tuples(st.floats(-100, 100), st.none() | st.floats(-100, 100)), min_size=1, max_size=6))
def test_columns_say_of_each_instant_what_it_alone_says(rows: list[tuple[float, float | None]]) -> None:
    """Pure: a page is its instants one by one."""
    schema = TelemetrySchema(**{**WELL, "validation_rules": {"flow": {"max": 50}, "drawdown": {"min": 0}}})
    layout = layout_of(schema, units={"flow": "L/s", "water_table": "m", "volume": "m3"})

    def columns(some: list[tuple[float, float | None]]) -> dict[str, Columns]:
        flow, level = (np.array([np.nan if v is None else v for v in column]) for column in zip(*some, strict=True))
        absent = np.full(len(some), np.nan)

        def column(values: Any) -> Columns:
            return Columns(values, np.where(np.isnan(values), 9, 1), np.zeros(len(values), dtype=np.int64))

        return {"flow": column(flow), "water_table": column(level), "volume": column(absent)}

    whole = grouped(layout, columns(rows), len(rows))
    assert whole == [grouped(layout, columns([row]), 1)[0] for row in rows]
