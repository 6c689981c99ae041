"""Dry runs, and what they open: going live."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.serializers import StrictSerializer
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.activation import activate_source, try_plan, try_source
from telemetry_service.sources.bodies import NewSource
from telemetry_service.sources.shapes import shown, shown_trial

WRITE = needs("telemetry:write")


class TestBody(APIView):
    """A source that is not saved yet."""

    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        asked = NewSource(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(shown_trial(try_plan(**asked.plan(), now=clock.now())))


class TestSource(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, source_id: UUID) -> Response:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        trial = try_source(source_id=source_id, points=principal_of(request).points, now=clock.now())
        return Response(shown_trial(trial))


class ActivateSource(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, source_id: UUID) -> Response:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        principal = principal_of(request)
        source = activate_source(source_id=source_id, points=principal.points, actor=principal.actor, now=clock.now())
        return Response(shown(source, variables_of([source.id]).get(source.id, {})))
