"""How a query says which points: by id, in a box, around a place."""

from math import isfinite
from typing import Any
from uuid import UUID

from rest_framework import serializers

from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictQuery
from telemetry_service.points.geometry import MOST_RADIUS_M, Box, Circle

MOST_POINTS = 1000
BOX = "oeste,sur,este,norte en grados, como -71.5,-34.5,-70.2,-33.1"
PLACE = "latitud,longitud en grados, como -33.45,-70.66"


class Ids(serializers.Field[list[UUID], str, str, Any]):
    """UUIDs separated by commas, each once, in ascending order."""

    def __init__(self, *, most: int = MOST_POINTS) -> None:
        super().__init__(required=False)
        self.most = most

    def to_internal_value(self, data: str) -> list[UUID]:
        parts = data.split(",")
        if len(parts) > self.most:
            raise serializers.ValidationError(f"demasiados valores{RIGHT}a lo más {self.most}")
        try:
            return sorted({UUID(part.strip()) for part in parts})
        except ValueError as error:
            raise serializers.ValidationError(f"no es un UUID{RIGHT}UUID separados por comas") from error


class BoxField(serializers.Field[Box, str, str, Any]):
    """`west,south,east,north` in degrees, as in RFC 7946."""

    openapi = {"type": "string", "example": "-71.5,-34.5,-70.2,-33.1"}

    def to_internal_value(self, data: str) -> Box:
        west, south, east, north = _degrees(data, (180, 90, 180, 90), BOX)
        if south > north:
            raise serializers.ValidationError(f"el sur está al norte del norte{RIGHT}{BOX}")
        return Box(west, south, east, north)


class PlaceField(serializers.Field[tuple[float, float], str, str, Any]):
    """`latitude,longitude` in degrees."""

    openapi = {"type": "string", "example": "-33.45,-70.66"}

    def to_internal_value(self, data: str) -> tuple[float, float]:
        latitude, longitude = _degrees(data, (90, 180), PLACE)
        return latitude, longitude


class AreaQuery(StrictQuery):
    """Points by id, in `bbox`, or within `radius_m` metres of `near`; validated they are `points` and `area`."""

    points = Ids()
    bbox = BoxField(required=False)
    near = PlaceField(required=False)
    radius_m = serializers.FloatField(required=False, min_value=0.0, max_value=MOST_RADIUS_M)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        box, near, radius = (attrs.pop(name, None) for name in ("bbox", "near", "radius_m"))
        if (near is None) != (radius is None):
            missing = "radius_m" if radius is None else "near"
            raise serializers.ValidationError({missing: f"falta: «near» y «radius_m» van juntos{RIGHT}los dos"})
        if box and near:
            raise serializers.ValidationError({"bbox": f"no va con «near»{RIGHT}una de las dos"})
        if near:
            return attrs | {"area": Circle(near[0], near[1], radius)}
        return attrs | {"area": box} if box else attrs


def _degrees(data: str, limits: tuple[float, ...], right: str) -> list[float]:
    try:
        numbers = [float(part) for part in data.split(",")]
    except ValueError as error:
        raise serializers.ValidationError(f"no son números{RIGHT}{right}") from error
    if len(numbers) != len(limits):
        raise serializers.ValidationError(f"son {len(numbers)} números{RIGHT}{right}")
    if not all(isfinite(one) and abs(one) <= most for one, most in zip(numbers, limits, strict=True)):
        raise serializers.ValidationError(f"fuera de la Tierra{RIGHT}{right}")
    return numbers
