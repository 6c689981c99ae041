"""`/api/telemetry/schemas/`, and the groups that they make: `/api/telemetry/groups/`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import bad_cursor, text_after
from shared.web.pages import Page, page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.measurements.fields import Instant, in_order, iso, visible_points
from telemetry_service.measurements.queries import units
from telemetry_service.points.forms import AreaQuery
from telemetry_service.schemas import operations, queries
from telemetry_service.schemas.grouping import Layout, layout_of
from telemetry_service.schemas.models import SchemaType, TelemetrySchema
from telemetry_service.schemas.queries import Group, Wanted

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class SchemaBody(StrictSerializer):
    """What is inside the members is checked by `layout`, which names each path."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    schema_type = serializers.ChoiceField(choices=SchemaType.values)
    variables = serializers.JSONField()
    grouping_config = serializers.JSONField(required=False)
    display_config = serializers.JSONField(required=False)
    processing_config = serializers.JSONField(required=False)
    validation_rules = serializers.JSONField(required=False)
    calculated_fields = serializers.JSONField(required=False)


class SchemasQuery(StrictQuery):
    schema_type = serializers.ChoiceField(choices=SchemaType.values, required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class LatestQuery(AreaQuery):
    schema = serializers.UUIDField()


class GroupsQuery(LatestQuery):
    to = Instant(required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(super().validate(attrs))


class ReadOrWrite(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]


class Schemas(ReadOrWrite):
    def get(self, request: Request) -> Response:
        query = SchemasQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, kind = read_page(request), query.validated_data.get("schema_type")
        after = text_after(page)
        rows = queries.page_of_schemas(kind=kind, after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda one: (one.name,))
        return Response({**body, "results": [shown(one) for one in body["results"]]})

    def post(self, request: Request) -> Response:
        asked = SchemaBody(data=request.data)
        asked.is_valid(raise_exception=True)
        actor = principal_of(request).actor
        return Response(
            shown(operations.create_schema(said=asked.validated_data, actor=actor, now=clock.now())), status=201
        )


class OneSchema(ReadOrWrite):
    def get(self, request: Request, schema_id: UUID) -> Response:
        return Response(shown(queries.find_schema(schema_id)))

    def patch(self, request: Request, schema_id: UUID) -> Response:
        asked = SchemaBody(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        actor, said = principal_of(request).actor, asked.validated_data
        return Response(shown(operations.change_schema(schema_id=schema_id, said=said, actor=actor, now=clock.now())))

    def delete(self, request: Request, schema_id: UUID) -> Response:
        operations.delete_schema(schema_id=schema_id)
        return Response(status=204)


class Groups(APIView):
    """By point and time. Of an ALERT schema only what breaks a rule: a page may hold fewer than asked, or none."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = GroupsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request, default=100, most=5000), query.validated_data
        layout = layout_of(queries.find_schema(asked["schema"]), units=units())
        points = visible_points(asked.get("points"), principal_of(request), area=asked.get("area"))
        wanted = Wanted(points, asked.get("from"), asked.get("to"))
        rows = queries.groups(layout, wanted, after=_key(page, layout), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.point_id, row.timestamp.isoformat()))
        said = [row for row in body["results"] if layout.kind != "ALERT" or queries.breaks_a_rule(row.said)]
        return Response({**body, "results": [_shown_group(layout, row) for row in said], "columns": _columns(layout)})


class LatestGroups(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = LatestQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        layout = layout_of(queries.find_schema(asked["schema"]), units=units())
        points = visible_points(asked.get("points"), principal_of(request), area=asked.get("area"))
        rows = [_shown_group(layout, row) for row in queries.latest_groups(layout, points)]
        return Response({"results": rows, "columns": _columns(layout)})


def shown(schema: TelemetrySchema) -> dict[str, Any]:
    members = {name: getattr(schema, name) for name in operations.MEMBERS}
    return {
        "id": str(schema.id),
        **members,
        "created_at": iso(schema.created_at),
        "updated_at": iso(schema.updated_at),
        "updated_by": schema.updated_by,
    }


def _shown_group(layout: Layout, group: Group) -> dict[str, Any]:
    at = group.timestamp
    said = {"schema": layout.id, "catchment_point": str(group.point_id)}
    return {**said, "timestamp": iso(at) if isinstance(at, datetime) else at.isoformat(), **group.said}


def _columns(layout: Layout) -> list[dict[str, Any]]:
    """In the order in which they are to be shown. A value comes in `unit`, not rounded: `decimals` is a wish."""
    return [
        {"code": one.code, "label": one.label, "unit": one.unit, "decimals": one.decimals, "group": one.group}
        for one in layout.shown.values()
    ]


def _key(page: Page, layout: Layout) -> tuple[UUID, str] | None:
    if page.after is None:
        return None
    kind: type[date] = datetime if layout.interval in ("instant", "hour") else date
    try:
        point, time = page.after
        kind.fromisoformat(time)
        return UUID(point), time
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_cursor(page) from error
