"""`GET /api/telemetry/points/` and `…/points/geojson/`: points by id, in a box or around a place."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.cursors import real_and_id_after
from shared.web.pages import encode_cursor, read_page
from telemetry_service.measurements.fields import visible_points
from telemetry_service.places.bodies import feature, shown
from telemetry_service.places.forms import PlacesQuery
from telemetry_service.places.queries import Found, places_page


class Points(APIView):
    """Points by id, in a box or around a place, with their latest values."""

    permission_classes = [needs("telemetry:read")]

    def get(self, request: Request) -> Response:
        found, following = _page(request)
        return Response({"results": [shown(one) for one in found], "next": following})


class GeoJson(APIView):
    """The same points as a FeatureCollection (RFC 7946)."""

    permission_classes = [needs("telemetry:read")]

    def get(self, request: Request) -> Response:
        found, following = _page(request)
        body: dict[str, Any] = {"type": "FeatureCollection", "features": [feature(one) for one in found]}
        return Response(body | {"next": following}, content_type="application/geo+json")


def _page(request: Request) -> tuple[list[Found], str | None]:
    query = PlacesQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    page, asked = read_page(request, default=1000), query.validated_data
    area, principal = asked.get("area"), principal_of(request)
    everybody = asked.get("points") is None and principal.points is None
    found = places_page(
        points=None if everybody else visible_points(asked.get("points"), principal),
        area=area,
        variables=asked.get("variables", ()),
        after=real_and_id_after(page),
        limit=page.limit + 1,
    )
    some = found[: page.limit]
    return some, encode_cursor(some[-1].key) if len(found) > page.limit else None
