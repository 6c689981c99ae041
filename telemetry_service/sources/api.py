"""Sources, and the points that are being read."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictSerializer
from telemetry_service.raw.queries import variables_of
from telemetry_service.raw.variables import COLLECTED
from telemetry_service.sources.models import Source
from telemetry_service.sources.operations import create_source, resume_source
from telemetry_service.sources.queries import ActivePoint, active_points, sources_page

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")
KEY = r"^[^,\s\x00-\x1f](?:[^,\x00-\x1f]*[^,\s\x00-\x1f])?$"  # a comma separates keys in a request


class Mapped(StrictSerializer):
    key = serializers.RegexField(KEY, max_length=100)
    variable = serializers.ChoiceField(choices=[code.value for code in COLLECTED])


class NewSource(StrictSerializer):
    provider = serializers.UUIDField()
    point = serializers.UUIDField()
    params = serializers.DictField(child=serializers.CharField(max_length=500), required=False)
    variables = Mapped(many=True, allow_empty=False)
    period_s = serializers.IntegerField(min_value=60, max_value=86_400, default=300)
    phase_s = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    history_from = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        phase_s, period_s = attrs["phase_s"], attrs["period_s"]
        if phase_s is not None and phase_s >= period_s:
            raise serializers.ValidationError({"phase_s": f"{phase_s} no cabe en el período ⇒ menos de {period_s}"})
        return attrs

    def validate_variables(self, value: list[dict[str, str]]) -> list[dict[str, str]]:
        for name in ("key", "variable"):
            said = [item[name] for item in value]
            twice = sorted({item for item in said if said.count(item) > 1})
            if twice:
                raise serializers.ValidationError(f"{name} repetido: {', '.join(twice)} ⇒ cada uno una sola vez")
        return value


class Sources(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = (str(page.after[0]), str(page.after[1])) if page.after and len(page.after) == 2 else None
        rows = sources_page(points=principal_of(request).points, after=after, limit=page.limit + 1)
        variables = variables_of(row.id for row in rows)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.created_at.isoformat(), str(row.id)))
        return Response({**body, "results": [shown(row, variables.get(row.id, {})) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        asked = NewSource(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        variables = {item["key"]: item["variable"] for item in said["variables"]}
        source = create_source(
            provider_id=said["provider"],
            point_id=said["point"],
            params=said.get("params", {}),
            variables=variables,
            period_s=said["period_s"],
            phase_s=said["phase_s"],
            history_from=said["history_from"],
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(source, variables), status=201)


class ResumeSource(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, source_id: UUID) -> Response:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        source = resume_source(source_id=source_id, now=clock.now())
        return Response(shown(source, variables_of([source.id]).get(source.id, {})))


class ActivePoints(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = str(page.after[0]) if page.after else ""
        rows = active_points(points=principal_of(request).points, after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.code,))
        return Response({**body, "results": [_shown_point(row) for row in body["results"]]})


def shown(source: Source, variables: dict[str, str]) -> dict[str, Any]:
    """Secret parameters by their names only."""
    return {
        "id": str(source.id),
        "provider": str(source.provider_id),
        "point": str(source.point_id),
        "params": {**source.params, **dict.fromkeys(source.secret_params, "***")},
        "variables": [{"key": key, "variable": variable} for key, variable in variables.items()],
        "period_s": source.period_s,
        "phase_s": source.phase_s,
        "history_from": source.history_from,
        "state": source.state,
        "stop_reason": source.stop_reason,
        "next_poll_at": source.next_poll_at,
        "last_polled_at": source.last_polled_at,
        "last_outcome": source.last_outcome,
        "last_device_time": source.newest_at,
        "failures": source.failures,
    }


def _shown_point(row: ActivePoint) -> dict[str, Any]:
    return {
        "point": str(row.id),
        "code": row.code,
        "name": row.name,
        "sources": row.sources,
        "last_device_time": row.last_device_time,
    }
