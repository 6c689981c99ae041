"""`/api/compliance/sources/<code>/rules/`: the versions of a source's rules, and the next one."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.models import RulePack
from compliance_service.authorities.operations import change_rules
from compliance_service.authorities.queries import active_source, packs_of
from compliance_service.obligations.api import Instant
from compliance_service.obligations.calendar import RHYTHMS
from compliance_service.obligations.making import HORIZON
from shared import clock
from shared.auth.drf import needs, proved
from shared.errors import NotFound
from shared.web.serializers import StrictSerializer


class NewRules(StrictSerializer):
    valid_from = Instant()
    rules = serializers.DictField()
    note = serializers.CharField(max_length=2000)


class Rules(APIView):
    def get_permissions(self) -> list[Any]:
        return [needs("compliance:read" if self.request.method == "GET" else "compliance:write")()]

    def get(self, request: Request, code: str) -> Response:
        """The newest first, and which one is in force."""
        source = active_source(code)
        if source is None:
            raise NotFound("No hay una fuente activa con ese código.")
        rows = [shown(pack) for pack in packs_of(code)]
        return Response({"in_force": source.rules_version, "results": rows, "next": None})

    def post(self, request: Request, code: str) -> Response:
        """The next version, whole. What is made by the one before stays as it was made."""
        principal = proved(request)
        body = NewRules(data=request.data)
        body.is_valid(raise_exception=True)
        pack = change_rules(
            code=code,
            **body.validated_data,
            rhythms=tuple(RHYTHMS),
            horizon=HORIZON,
            by=principal.actor,
            now=clock.now(),
        )
        return Response(shown(pack), status=201)


def shown(pack: RulePack) -> dict[str, Any]:
    return {
        "version": pack.version,
        "valid_from": pack.valid_from,
        "rules": pack.rules,
        "note": pack.note,
        "created_at": pack.created_at,
        "created_by": pack.created_by,
    }
