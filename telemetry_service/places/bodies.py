"""Points as JSON and as features of GeoJSON (RFC 7946)."""

from typing import Any

from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.queries import Latest, units
from telemetry_service.places.queries import Found


def shown(found: Found) -> dict[str, Any]:
    place = found.place
    return {
        "id": str(place.id),
        **_properties(found),
        "latitude": place.latitude,
        "longitude": place.longitude,
        "altitude": place.altitude,
    }


def feature(found: Found) -> dict[str, Any]:
    """Its geometry is null where nobody said where the point lies."""
    return {
        "type": "Feature",
        "id": str(found.place.id),
        "geometry": geometry(found),
        "properties": _properties(found),
    }


def geometry(found: Found) -> dict[str, Any] | None:
    """Longitude first, then latitude and, where it is known, altitude in metres."""
    place = found.place
    if place.latitude is None or place.longitude is None:
        return None
    altitude = [] if place.altitude is None else [place.altitude]
    return {"type": "Point", "coordinates": [place.longitude, place.latitude, *altitude]}


def _properties(found: Found) -> dict[str, Any]:
    place = found.place
    said: dict[str, Any] = {
        "code": place.code,
        "name": place.name,
        "point_type": place.point_type,
        "status": place.status,
    }
    if found.distance_m is not None:
        said["distance_m"] = round(found.distance_m, 1)
    if found.latest:
        said["latest"] = {row.variable: _value(row) for row in found.latest}
    return said


def _value(row: Latest) -> dict[str, Any]:
    unit = units().get(row.variable, "")
    return {"time": iso(row.time), "value": row.value, "unit": unit, "quality": row.quality}
