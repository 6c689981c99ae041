"""How each device and each point is, what changed, and from when on something is wrong."""

from collections.abc import Sequence
from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import NotFound
from shared.web.cursors import id_after, instant_and_number_after
from shared.web.pages import page_body, read_page
from telemetry_service.health.bodies import Shown, looked_at, shown, shown_limits, shown_move, shown_point
from telemetry_service.health.forms import HealthQuery, NewLimits, PageQuery, PointsQuery
from telemetry_service.health.operations import set_limits
from telemetry_service.health.queries import (
    DevicesWanted,
    all_limits,
    devices_page,
    known_states,
    moves_page,
    points_page,
)
from telemetry_service.health.survey import survey
from telemetry_service.measurements.fields import asked_points

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class Devices(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = HealthQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request), query.validated_data
        wanted = DevicesWanted(
            points=asked_points(asked, principal_of(request)),
            sources=asked.get("sources"),
            conditions=asked.get("condition", ()),
        )
        ids = devices_page(wanted, after=id_after(page), limit=page.limit + 1)
        body = page_body(ids, limit=page.limit, key=lambda source_id: (str(source_id),))
        found = _look(body["results"])
        return Response({**body, "results": [shown(found[one]) for one in body["results"] if one in found]})


class Points(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = PointsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request), query.validated_data
        points = asked_points(asked, principal_of(request))
        sources = points_page(points, after=id_after(page), limit=page.limit + 1)
        body = page_body(list(sources), limit=page.limit, key=lambda point_id: (str(point_id),))
        found = _look([source_id for point_id in body["results"] for source_id in sources[point_id]])
        results = []
        for point_id in body["results"]:
            devices = [found[source_id] for source_id in sources[point_id] if source_id in found]
            results += [shown_point(point_id, devices)] if devices else []
        return Response({**body, "results": results})


class Moves(APIView):
    permission_classes = [READ]

    def get(self, request: Request, source_id: UUID) -> Response:
        PageQuery(data=request.query_params.dict()).is_valid(raise_exception=True)
        page, points = read_page(request), principal_of(request).points
        if not devices_page(DevicesWanted(points=points, sources=[source_id]), after=None, limit=1):
            raise NotFound("No existe esa fuente.")
        rows = moves_page(source_id, after=instant_and_number_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda move: (move.at.isoformat(), move.id))
        return Response({**body, "results": [shown_move(move) for move in body["results"]]})


class Limits(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        """Those that somebody set, and the usual ones."""
        found = all_limits(principal_of(request).points)
        return Response({"usual": shown_limits(None), "results": [shown_limits(one) for one in found]})

    def put(self, request: Request) -> Response:
        asked = NewLimits(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who = dict(asked.validated_data), principal_of(request)
        source_id = said.pop("source")
        limits = set_limits(source_id=source_id, points=who.points, said=said, actor=who.actor, now=clock.now())
        return Response(shown_limits(limits))


def _look(source_ids: Sequence[UUID]) -> dict[UUID, Shown]:
    now, before = clock.now(), known_states(source_ids)
    devices = survey(now=now, sources=source_ids)
    return {one.source_id: looked_at(one, before.get(one.source_id), now=now) for one in devices}
