"""The examples of the API's description are of the shape that the API answers with."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.openapi.examples import example_of
from shared.testing import api_client, user_token

pytestmark = pytest.mark.django_db
CONTRACT = Path(__file__).parents[1] / "contract"
SPAN = {"from": "2024-03-01T00:00:00Z", "to": "2024-05-01T00:00:00Z"}


def shape(value: Any) -> Any:
    """Names, and how they lie in one another; of a list its first member's."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


@pytest.mark.parametrize("name", ["data", "aggregate"])
def test_the_contract_is_the_example(name: str) -> None:
    assert example_of(f"get_{name}") == json.loads((CONTRACT / f"telemetry_{name}.json").read_bytes())


@pytest.mark.parametrize(
    ("operation", "url", "query"),
    [
        ("get_latest", "latest/", {"points": "{point}"}),
        ("get_statistics", "statistics/", {"points": "{point}", **SPAN}),
        ("get_chart", "chart/", {"point": "{point}", "variable": "flow", **SPAN}),
        ("get_points", "points/", {"near": "-34.17,-70.74", "radius_m": "5000", "variables": "flow"}),
        ("get_points_geojson", "points/geojson/", {"variables": "flow"}),
        ("get_sensorthings_v1_1_path", "{stream}/Observations", {"$top": "1", "$count": "true"}),
    ],
)
def test_an_example_is_like_an_answer(
    measured: Any, make_point: Any, operation: str, url: str, query: dict[str, str]
) -> None:
    point = make_point("OB-0601-12", latitude=-34.1708, longitude=-70.7444, altitude=500.0).id
    measured(point, "flow", [1.91, 1.94], reasons=1 << 4)
    address = url.format(stream=f"sensorthings/v1.1/Datastreams('{point}:flow')")
    said = {name: value.format(point=point) for name, value in query.items()}
    answer = api_client(user_token()).get(f"/api/telemetry/{address}", said).json()
    assert shape(answer) == shape(example_of(operation))
