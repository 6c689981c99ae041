"""`/api/compliance/sources/<code>/`: a source's row, and what an operator changes of it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.api import shown
from compliance_service.authorities.operations import change_source
from compliance_service.authorities.queries import source_of
from compliance_service.obligations.accepting import works_go_on
from shared import clock
from shared.auth.drf import needs, proved
from shared.errors import NotFound
from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer


class SourceChanges(StrictSerializer):
    """What is not given stays. Standards, pacing and formats are rules, which have versions: `rules/`."""

    name = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    base_url = serializers.CharField(max_length=300, required=False)
    timeout_s = serializers.FloatField(required=False)
    required_schema = serializers.DictField(required=False)
    supported_variables = serializers.ListField(child=serializers.CharField(), required=False)
    is_active = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=2000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) == {"note"}:
            fields = ", ".join(name for name in self.get_fields() if name != "note")
            raise serializers.ValidationError({"note": f"no cambia nada{RIGHT}al menos uno de: {fields}"})
        return attrs


class OneSource(APIView):
    def get_permissions(self) -> list[Any]:
        return [needs("compliance:read" if self.request.method == "GET" else "compliance:write")()]

    def get(self, request: Request, code: str) -> Response:
        source = source_of(code)
        if source is None:
            raise NotFound("No hay una fuente con ese código.")
        return Response(shown(source))

    def patch(self, request: Request, code: str) -> Response:
        """At once, for everything that is sent from now on. The ledger keeps who, when and why."""
        principal = proved(request)
        body = SourceChanges(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        note = changes.pop("note")
        source = change_source(
            code=code, changes=changes, note=note, accepts=works_go_on, by=principal.actor, now=clock.now()
        )
        return Response(shown(source))
