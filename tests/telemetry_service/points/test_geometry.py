"""What lies in a circle lies in the box that the index is asked for, whatever the place."""

from math import cos, pi, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.points.geometry import EARTH_RADIUS_M, MOST_RADIUS_M, Box, Circle, box_of, distance_m, holds

latitudes = st.floats(-90, 90, allow_subnormal=False)
longitudes = st.floats(-180, 180, allow_subnormal=False)
SANTIAGO, VALPARAISO = (-33.4489, -70.6693), (-33.0472, -71.6127)


@given(latitudes, longitudes, st.floats(0, MOST_RADIUS_M), latitudes, longitudes)
def test_a_circle_lies_in_its_box(
    latitude: float, longitude: float, radius_m: float, to_latitude: float, to_longitude: float
) -> None:
    circle = Circle(latitude, longitude, radius_m * 0.999)
    if holds(circle, to_latitude, to_longitude):
        assert holds(box_of(Circle(latitude, longitude, radius_m + 1)), to_latitude, to_longitude)


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_distance_is_the_same_both_ways(a: float, b: float, c: float, d: float) -> None:
    assert distance_m(a, b, c, d) == pytest.approx(distance_m(c, d, a, b), abs=1e-3)
    assert 0 <= distance_m(a, b, c, d) <= pi * EARTH_RADIUS_M + 1


def test_santiago_to_valparaiso() -> None:
    """98.6 km by the ellipsoid (GeographicLib); a sphere is off by less than half a per cent."""
    assert distance_m(*SANTIAGO, *VALPARAISO) == pytest.approx(98_700, rel=0.005)


@pytest.mark.parametrize("latitude", [0.0, -33.0, -55.0, 70.0])
def test_a_degree_of_longitude_narrows_towards_the_pole(latitude: float) -> None:
    degree = radians(1) * EARTH_RADIUS_M * cos(radians(latitude))
    assert distance_m(latitude, 10, latitude, 11) == pytest.approx(degree, rel=1e-4)


def test_the_edges_belong_to_a_box() -> None:
    box = Box(-71.0, -34.0, -70.0, -33.0)
    assert holds(box, -34.0, -71.0)
    assert holds(box, -33.0, -70.0)
    assert not holds(box, -33.0, -69.9999)
    assert not holds(box, -34.0001, -70.5)


def test_a_box_across_the_180th_meridian() -> None:
    box = Box(179.0, -20.0, -179.0, -10.0)
    assert holds(box, -15.0, 179.5)
    assert holds(box, -15.0, -179.5)
    assert not holds(box, -15.0, 0.0)


def test_a_circle_at_a_pole_has_every_meridian() -> None:
    box = box_of(Circle(-89.9, 20.0, 50_000))
    assert (box.west, box.south, box.east) == (-180.0, -90.0, 180.0)
