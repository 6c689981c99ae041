"""`/api/core/points/` and `/api/users/owners/`."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_service.catchment import feed, operations, queries
from core_service.catchment.bodies import change_body, owner_body, point_body, point_detail
from core_service.catchment.fields import OwnerFields, PointFields, PointFilters, new_config, point_fields
from core_service.catchment.operations import NewConfig
from core_service.web.cursors import number_key
from core_service.web.feeds import changes_body
from core_service.web.permissions import ReadOrWrite
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import text_after
from shared.web.pages import page_body, read_page


class Points(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request) -> Response:
        filters = PointFilters(data=request.query_params.dict())
        filters.is_valid(raise_exception=True)
        page, now = read_page(request), clock.now()
        chosen = {name: value for name, value in filters.validated_data.items() if name not in {"limit", "cursor"}}
        rows = queries.page_of_points(
            principal=principal_of(request), filters=chosen, after=text_after(page), limit=page.limit
        )
        body = page_body(rows, limit=page.limit, key=lambda point: (point.code,))
        return Response(body | {"results": [point_body(point, now) for point in body["results"]]})

    def post(self, request: Request) -> Response:
        new = PointFields(data=request.data)
        new.is_valid(raise_exception=True)
        given, now, principal = new.validated_data, clock.now(), principal_of(request)
        config = new_config(given, otherwise_from=None) or NewConfig({}, None)
        point = operations.create_point(fields=point_fields(given), config=config, who=principal.actor, now=now)
        return Response(point_detail(queries.find_point(point_id=point.id, principal=principal), now), status=201)


class Point(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request, point_id: UUID) -> Response:
        point = queries.find_point(point_id=point_id, principal=principal_of(request))
        return Response(point_detail(point, clock.now()))

    def patch(self, request: Request, point_id: UUID) -> Response:
        changes = PointFields(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        given, now, principal = changes.validated_data, clock.now(), principal_of(request)
        config = new_config(given, otherwise_from=now)
        operations.update_point(
            point_id=point_id, fields=point_fields(given), config=config, who=principal.actor, now=now
        )
        return Response(point_detail(queries.find_point(point_id=point_id, principal=principal), now))

    def delete(self, request: Request, point_id: UUID) -> Response:
        operations.delete_point(point_id=point_id, who=principal_of(request).actor, now=clock.now())
        return Response(status=204)


class Changes(APIView):
    """What the other services keep their copies by. `next` is always there: store it and ask again with it."""

    permission_classes = [needs("points:sync")]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = number_key(page)
        rows = feed.changes_after(seq=after, limit=page.limit)
        return Response(
            changes_body(rows, after=after, limit=page.limit, seq=lambda point: point.change_seq, body=change_body)
        )


class Owners(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        rows = queries.page_of_owners(principal=principal_of(request), after=number_key(page), limit=page.limit)
        body = page_body(rows, limit=page.limit, key=lambda owner: (owner.pk,))
        return Response(body | {"results": [owner_body(owner) for owner in body["results"]]})

    def post(self, request: Request) -> Response:
        new = OwnerFields(data=request.data)
        new.is_valid(raise_exception=True)
        owner = operations.add_owner(**new.validated_data, who=principal_of(request).actor, now=clock.now())
        return Response(owner_body(owner), status=201)
