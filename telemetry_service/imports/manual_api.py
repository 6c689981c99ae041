"""Saved mappings, what else there is to choose from, and readings that a person writes down."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.errors import NotFound, invalid
from telemetry_service.imports import operations, queries
from telemetry_service.imports.api import READ, WRITE, look_now, who_asks
from telemetry_service.imports.bodies import ManualBody, detailed, read_mapping
from telemetry_service.imports.choices import choices
from telemetry_service.imports.manual import Written, add_readings
from telemetry_service.imports.mapping.mapping import pack
from telemetry_service.imports.models import SavedMapping
from telemetry_service.imports.modes import Mode
from telemetry_service.measurements.fields import iso


class Mappings(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"results": [_shown(saved) for saved in queries.saved_mappings()]})


class OneMapping(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def put(self, request: Request, name: str) -> Response:
        if len(name) > 100:
            raise invalid("name", "es demasiado largo", expected="hasta 100 letras")
        mapping = pack(read_mapping(request.data))
        saved = operations.save_mapping(name=name, mapping=mapping, who=who_asks(request), now=clock.now())
        return Response(_shown(saved))

    def delete(self, request: Request, name: str) -> Response:
        if not operations.forget_mapping(name=name):
            raise NotFound("No existe ese mapeo.")
        return Response(status=204)


class Choices(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response(choices())


class ManualReadings(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        asked = ManualBody(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        readings = [
            Written(one["point"], one["variable"], one["time"], one["value"], one["unit"]) for one in said["readings"]
        ]
        batch, is_new = add_readings(
            readings=readings, mode=Mode(said["mode"]), note=said["note"], who=who_asks(request), now=clock.now()
        )
        look_now("telemetry.process_backlog")
        return Response(detailed(batch), status=201 if is_new else 200)


def _shown(saved: SavedMapping) -> dict[str, Any]:
    said = {"name": saved.name, "mapping": saved.mapping}
    return said | {"saved_at": iso(saved.saved_at), "saved_by": saved.saved_by}
