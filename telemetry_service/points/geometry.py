"""Boxes and circles on the Earth, in degrees of WGS84 and metres. Plain Python."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # the mean radius of the IUGG; a sphere is off by at most 0.5 %
MOST_RADIUS_M = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Box:
    """Its edges belong to it. Where `west` is greater than `east` it lies across the 180th meridian (RFC 7946, 5.2)."""

    west: float
    south: float
    east: float
    north: float

    @property
    def spans(self) -> list[tuple[float, float]]:
        """The stretches of longitude that it covers."""
        if self.west <= self.east:
            return [(self.west, self.east)]
        return [(self.west, 180.0), (-180.0, self.east)]


@dataclass(frozen=True, slots=True)
class Circle:
    latitude: float
    longitude: float
    radius_m: float


Area = Box | Circle


def distance_m(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Along the great circle (haversine)."""
    south, north = radians(latitude), radians(to_latitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, half)))


def box_of(area: Area) -> Box:
    """The smallest box that holds the area: what an index can look up."""
    if isinstance(area, Box):
        return area
    angle = area.radius_m / EARTH_RADIUS_M
    south, north = area.latitude - degrees(angle), area.latitude + degrees(angle)
    if south <= -90 or north >= 90:  # a pole is inside: every meridian is
        return Box(-180.0, max(south, -90.0), 180.0, min(north, 90.0))
    # The circle is widest nearer to the pole than its centre.
    wide = degrees(asin(min(1.0, sin(angle) / cos(radians(area.latitude)))))
    return Box(_turned(area.longitude - wide), south, _turned(area.longitude + wide), north)


def holds(area: Area, latitude: float, longitude: float) -> bool:
    if isinstance(area, Circle):
        return distance_m(area.latitude, area.longitude, latitude, longitude) <= area.radius_m
    return area.south <= latitude <= area.north and any(low <= longitude <= high for low, high in area.spans)


def _turned(longitude: float) -> float:
    return (longitude + 180) % 360 - 180 if not -180 <= longitude <= 180 else longitude
