"""`/api/core/schema-templates/` and `/api/core/dynamic-schemas/`."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_service.catchment.fields import new_config
from core_service.catchment.operations import NewConfig
from core_service.catchment.schemas import operations, queries
from core_service.catchment.schemas.bodies import plans_body, template_body, template_detail, use_body
from core_service.catchment.schemas.fields import TemplateFields, TemplateFilters, UseEnd, UseFields, UseFilters
from core_service.catchment.schemas.operations import Asked
from core_service.web.permissions import ReadOrWrite
from shared import clock
from shared.auth.drf import principal_of
from shared.web.cursors import text_after
from shared.web.pages import page_body, read_page

PAGE = {"limit", "cursor"}


class Templates(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request) -> Response:
        filters = TemplateFilters(data=request.query_params.dict())
        filters.is_valid(raise_exception=True)
        page, now = read_page(request), clock.now()
        chosen = {name: value for name, value in filters.validated_data.items() if name not in PAGE}
        rows = queries.page_of_templates(filters=chosen, after=text_after(page), limit=page.limit)
        body = page_body(rows, limit=page.limit, key=lambda template: (template.name,))
        return Response(body | {"results": [template_body(one, now) for one in body["results"]]})

    def post(self, request: Request) -> Response:
        new = TemplateFields(data=request.data)
        new.is_valid(raise_exception=True)
        given, asked = new.validated_data, asked_by(request, new.validated_data)
        config = new_config(given, otherwise_from=None) or NewConfig({}, None)
        template = operations.create_template(fields=_fields(given), config=config, asked=asked)
        detail = template_detail(template, asked.now)
        return Response(detail | plans_body([], dry_run=asked.dry_run), status=200 if asked.dry_run else 201)


class Template(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request, template_id: UUID) -> Response:
        return Response(template_detail(queries.find_template(template_id), clock.now()))

    def patch(self, request: Request, template_id: UUID) -> Response:
        """With `dry_run` only says which points would get which configuration, from when on."""
        changes = TemplateFields(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        given, asked = changes.validated_data, asked_by(request, changes.validated_data)
        config = new_config(given, otherwise_from=asked.now)
        plans = operations.update_template(template_id=template_id, fields=_fields(given), config=config, asked=asked)
        detail = template_detail(queries.find_template(template_id), asked.now)
        return Response(detail | plans_body(plans, dry_run=asked.dry_run))

    def delete(self, request: Request, template_id: UUID) -> Response:
        operations.delete_template(template_id=template_id, who=principal_of(request).actor)
        return Response(status=204)


class Uses(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request) -> Response:
        filters = UseFilters(data=request.query_params.dict())
        filters.is_valid(raise_exception=True)
        page = read_page(request)
        chosen = {name: value for name, value in filters.validated_data.items() if name not in PAGE}
        rows = queries.page_of_uses(
            points=principal_of(request).points, filters=chosen, after=_use_key(text_after(page)), limit=page.limit
        )
        body = page_body(rows, limit=page.limit, key=lambda use: (use.id,))
        return Response(body | {"results": [use_body(use) for use in body["results"]]})

    def post(self, request: Request) -> Response:
        new = UseFields(data=request.data)
        new.is_valid(raise_exception=True)
        given, asked = new.validated_data, asked_by(request, new.validated_data)
        start = given.get("valid_from", asked.now)
        custom = NewConfig(given["custom_config"], start) if "custom_config" in given else None
        use, plans = operations.use_template(
            point_id=given["point"],
            template_id=given["template"],
            period=(start, given["valid_to"]),
            custom=custom,
            asked=asked,
        )
        body = use_body(use) | plans_body(plans, dry_run=asked.dry_run)
        return Response(body, status=200 if asked.dry_run else 201)


class Use(APIView):
    permission_classes = [ReadOrWrite]

    def get(self, request: Request, schema_id: UUID) -> Response:
        return Response(use_body(queries.find_use(schema_id=schema_id, points=principal_of(request).points)))

    def patch(self, request: Request, schema_id: UUID) -> Response:
        change = UseEnd(data=request.data)
        change.is_valid(raise_exception=True)
        asked = asked_by(request, change.validated_data)
        use, plans = operations.end_use(schema_id=schema_id, valid_to=change.validated_data["valid_to"], asked=asked)
        return Response(use_body(use) | plans_body(plans, dry_run=asked.dry_run))


def asked_by(request: Request, given: dict[str, Any]) -> Asked:
    principal = principal_of(request)
    return Asked(principal.actor, clock.now(), principal.points, given.get("dry_run", False))


def _fields(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in {"name", "category", "description"}}


def _use_key(text: str | None) -> str | None:
    """An id, or nothing that any id comes after."""
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None
