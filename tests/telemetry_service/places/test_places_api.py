"""Points in a box or around a place, as JSON and as GeoJSON, with their latest values."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shared.testing import api_client, user_token
from telemetry_service.points.models import Point

pytestmark = pytest.mark.django_db
URL, GEOJSON = "/api/telemetry/points/", "/api/telemetry/points/geojson/"
# Rancagua, San Fernando (51 km away), and one that nobody placed.
RANCAGUA, SAN_FERNANDO = (-34.1708, -70.7444), (-34.5850, -70.9890)


@pytest.fixture
def wells(make_point: Callable[..., Any]) -> dict[str, Any]:
    lying = {"R": RANCAGUA, "F": SAN_FERNANDO, "N": (None, None)}
    return {
        code: make_point(code, latitude=place[0], longitude=place[1], altitude=500.0 if code == "R" else None)
        for code, place in lying.items()
    }


def ask(url: str = URL, token: str | None = None, **query: Any) -> Any:
    return api_client(token or user_token()).get(url, query)


def codes(response: Any) -> list[str]:
    assert response.status_code == 200, response.json()
    return [row["code"] for row in response.json()["results"]]


def test_all_without_an_area(wells: Any) -> None:
    assert sorted(codes(ask())) == ["F", "N", "R"]


@pytest.mark.parametrize(
    ("area", "found"),
    [
        ({"bbox": "-71,-35,-70,-34"}, ["F", "R"]),
        ({"bbox": "-70.8,-35,-70,-34"}, ["R"]),
        ({"bbox": "-70.7444,-34.1708,-70.7444,-34.1708"}, ["R"]),
        ({"bbox": "-60,-35,-50,-34"}, []),
        ({"near": "-34.1708,-70.7444", "radius_m": 1}, ["R"]),
        ({"near": "-34.1708,-70.7444", "radius_m": 50_000}, ["R"]),
        ({"near": "-34.1708,-70.7444", "radius_m": 52_000}, ["F", "R"]),
    ],
)
def test_an_area(wells: Any, area: dict[str, Any], found: list[str]) -> None:
    assert sorted(codes(ask(**area))) == found


def test_the_nearest_first_page_by_page(wells: Any) -> None:
    asked = {"near": "-34.5,-70.95", "radius_m": 100_000, "limit": 1}
    first = ask(**asked).json()
    second = ask(**asked, cursor=first["next"]).json()
    assert [first["results"][0]["code"], second["results"][0]["code"]] == ["F", "R"]
    assert first["results"][0]["distance_m"] < second["results"][0]["distance_m"]
    assert second["next"] is None


def test_geojson_says_longitude_first(wells: Any, measured: Any) -> None:
    measured(wells["R"].id, "flow", [1.0, 2.5])
    response = ask(GEOJSON, points=f"{wells['R'].id},{wells['N'].id}", variables="flow,level")
    assert response["Content-Type"] == "application/geo+json"
    body = response.json()
    placed, nowhere = sorted(body["features"], key=lambda one: one["geometry"] is None)
    assert body["type"] == "FeatureCollection"
    assert placed["geometry"] == {"type": "Point", "coordinates": [-70.7444, -34.1708, 500.0]}
    assert placed["properties"]["latest"] == {
        "flow": {"time": "2024-03-25T18:00:00Z", "value": 2.5, "unit": "L/s", "quality": 1}
    }
    assert (nowhere["geometry"], "latest" in nowhere["properties"]) == (None, False)


def test_a_user_sees_only_his_points(wells: Any) -> None:
    token = user_token(points=[wells["R"].id])
    assert codes(ask(token=token)) == ["R"]
    assert codes(ask(token=token, bbox="-71,-35,-70,-34")) == ["R"]
    assert ask(token=token, points=str(wells["F"].id)).status_code == 403


def test_a_deleted_point_is_nowhere(wells: Any) -> None:
    Point.objects.filter(code="R").update(deleted=True)
    assert codes(ask(bbox="-71,-35,-70,-34")) == ["F"]


@pytest.mark.parametrize("url", ["data", "latest", "gaps", "completeness", "health", "health/points"])
def test_an_area_says_whose_rows_elsewhere(wells: Any, measured: Any, url: str) -> None:
    measured(wells["R"].id, "flow", [1.0])
    measured(wells["F"].id, "flow", [1.0])
    found = ask(f"/api/telemetry/{url}/", near="-34.1708,-70.7444", radius_m=100).json()["results"]
    assert {row["point"] for row in found} == ({str(wells["R"].id)} if url in {"data", "latest"} else set())


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "a,b,c,d"}, "bbox"),
        ({"bbox": "-71,-33,-70,-34"}, "bbox"),
        ({"bbox": "-181,-34,-70,-33"}, "bbox"),
        ({"bbox": "nan,-34,-70,-33"}, "bbox"),
        ({"near": "-34,-70"}, "radius_m"),
        ({"radius_m": "5"}, "near"),
        ({"near": "-91,-70", "radius_m": "5"}, "near"),
        ({"near": "-34,-70", "radius_m": "-1"}, "radius_m"),
        ({"near": "-34,-70", "radius_m": "1e9"}, "radius_m"),
        ({"near": "-34,-70", "radius_m": "5", "bbox": "-71,-34,-70,-33"}, "bbox"),
        ({"variables": "caudal"}, "variables"),
        ({"cursor": "WyJhIl0"}, "cursor"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, str], field: str) -> None:
    response = ask(**query)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize(("latitude", "longitude"), [(91.0, 0.0), (0.0, 181.0), (None, 1.0), (1.0, None)])
def test_a_place_that_is_none(make_point: Any, latitude: float | None, longitude: float | None) -> None:
    with pytest.raises(IntegrityError, match="point_lies_on_earth"), transaction.atomic():
        make_point("X", latitude=latitude, longitude=longitude)
