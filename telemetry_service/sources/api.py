"""Sources, and the points that are being read."""

from typing import Any
from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import instant_and_id_after, text_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictSerializer
from telemetry_service.raw.queries import past_keys, variables_of
from telemetry_service.sources.activation import SourceChange, change, create_live
from telemetry_service.sources.bodies import NewSource, Reason, SourceBody, mapping, overrides
from telemetry_service.sources.models import Source
from telemetry_service.sources.operations import create_source, pause_source, resume_source
from telemetry_service.sources.queries import active_points, get_source, moves_of, sources_page
from telemetry_service.sources.shapes import shown, shown_move, shown_past_key, shown_point

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")
PACE = ("period_s", "phase_s", "cadence_s", "fallback_rank", "history_from")


class Sources(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = instant_and_id_after(page)
        rows = sources_page(points=principal_of(request).points, after=after, limit=page.limit + 1)
        variables = variables_of(row.id for row in rows)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.created_at.isoformat(), str(row.id)))
        return Response({**body, "results": [shown(row, variables.get(row.id, {})) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        asked = NewSource(data=request.data)
        asked.is_valid(raise_exception=True)
        create = create_live if asked.validated_data["activate"] else create_source
        source = create(**asked.plan(), actor=principal_of(request).actor, now=clock.now())
        return Response(_shown(source), status=201)


class OneSource(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request, source_id: UUID) -> Response:
        source = get_source(source_id, points=principal_of(request).points)
        past = [shown_past_key(key) for key in past_keys(source.id)]
        moves = [shown_move(move) for move in moves_of(source.id)]
        return Response({**_shown(source), "past_keys": past, "moves": moves})

    def patch(self, request: Request, source_id: UUID) -> Response:
        asked = SourceBody(data=request.data)
        asked.is_valid(raise_exception=True)
        said, principal = asked.validated_data, principal_of(request)
        variables = said.get("variables")
        wanted = SourceChange(
            fields={name: said[name] for name in PACE if name in said},
            params=said["params"],
            variables=None if variables is None else mapping(variables),
            overrides=overrides(variables or []),
            withdraw=said["withdraw"],
        )
        source = change(
            source_id=source_id, change=wanted, points=principal.points, actor=principal.actor, now=clock.now()
        )
        return Response(_shown(source))


class PauseSource(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, source_id: UUID) -> Response:
        asked = Reason(data=request.data)
        asked.is_valid(raise_exception=True)
        reason, principal = asked.validated_data["reason"], principal_of(request)
        source = pause_source(
            source_id=source_id, reason=reason, points=principal.points, actor=principal.actor, now=clock.now()
        )
        return Response(_shown(source))


class ResumeSource(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, source_id: UUID) -> Response:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        principal = principal_of(request)
        source = resume_source(source_id=source_id, points=principal.points, actor=principal.actor, now=clock.now())
        return Response(_shown(source))


class ActivePoints(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = text_after(page) or ""
        rows = active_points(points=principal_of(request).points, after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.code,))
        return Response({**body, "results": [shown_point(row) for row in body["results"]]})


def _shown(source: Source) -> dict[str, Any]:
    return shown(source, variables_of([source.id]).get(source.id, {}))
