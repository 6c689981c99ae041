"""`/api/compliance/configs/<config>/…`: how a work does in shadow, what another system reported, and going live."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.dga.forms import DEFAULT
from compliance_service.clients.telemetry import measurements, telemetry
from compliance_service.files.columns import BadFile, columns_of, read
from compliance_service.golive.compare import Comparison, compare
from compliance_service.golive.look import preflight
from compliance_service.golive.preflight import Check, is_ready
from compliance_service.golive.shadow import go_live, rows_between, shadow_of
from compliance_service.obligations.api import seen_config
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from shared import clock
from shared.auth.drf import needs, proved
from shared.errors import Conflict, FieldError, InvalidInput, invalid
from shared.web.serializers import StrictQuery, StrictSerializer

READ, WRITE = needs("compliance:read"), needs("compliance:write")
LARGEST, MOST_SHOWN = 5 * 1024 * 1024, 500


class Days(StrictQuery):
    """Days of UTC-4, both included."""

    to = serializers.DateField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField(required=False, default=None)}


class ShadowReport(APIView):
    permission_classes = [READ]

    def get(self, request: Request, config_id: UUID) -> Response:
        query = Days(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        config, asked = seen_config(request, config_id), query.validated_data
        period = Period.of_days(asked["from"], asked["to"], now=clock.now())
        found = shadow_of(config, start=period.start, end=period.end)
        return Response({"config": str(config.id), "is_shadow": config.is_shadow, **asdict(found)})


class FileBody(StrictSerializer):
    file = serializers.FileField()


class Compare(APIView):
    permission_classes = [READ]
    parser_classes = [MultiPartParser]

    def post(self, request: Request, config_id: UUID) -> Response:
        """What another system reported, in the columns of the work's file, beside what we would have. Keeps nothing."""
        body = FileBody(data=request.data)
        body.is_valid(raise_exception=True)
        config, file = seen_config(request, config_id), body.validated_data["file"]
        if file.size > LARGEST:
            raise invalid("file", "es demasiado grande", expected="a lo más 5 MB")
        columns = columns_of(config.source.config, config.terms.get("resource", DEFAULT))
        try:
            theirs = read(file.read(), columns, config.work_code)
        except BadFile as error:
            where = f"file[{error.line}]" if error.line else "file"
            problem = FieldError(where, error.problem, expected="las columnas del archivo de la obra")
            raise InvalidInput("El archivo no se puede comparar.", errors=[problem]) from error
        first, last = min(row.slot_at for row in theirs), max(row.slot_at for row in theirs)
        ours = [row for row in rows_between(config, start=first, end=clock.now()) if row.slot_at <= last]
        return Response(shown(compare(ours, theirs)))


class Preflight(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, config_id: UUID) -> Response:
        checks = _checks(seen_config(request, config_id))
        return Response({"ready": is_ready(checks), "results": [asdict(check) for check in checks], "next": None})


class GoLiveBody(StrictSerializer):
    despite = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)


class GoLive(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, config_id: UUID) -> Response:
        """Reports from now on. What fails in the pre-flight must be named in `despite`, one by one."""
        principal = proved(request)
        body = GoLiveBody(data=request.data)
        body.is_valid(raise_exception=True)
        config = seen_config(request, config_id)
        if not config.is_shadow:
            raise Conflict("Esta obra no está en modo sombra.")
        checks = _checks(config)
        wrong = [
            check.check for check in checks if check.ok is False and check.check not in body.validated_data["despite"]
        ]
        if wrong:
            raise Conflict(f"La revisión previa no pasa: {', '.join(wrong)}. Corríjalo, o nómbrelo en «despite».")
        said = [asdict(check) for check in checks]
        count = go_live(config, checks=said, by=principal.actor, now=clock.now())
        return Response({"config": str(config.id), "explained": count, "checks": said})


def _checks(config: ComplianceConfig) -> list[Check]:
    def ask(points: Any, variables: Any, start: Any, end: Any) -> list[Any]:
        return measurements(telemetry(), points=points, variables=variables, start=start, end=end)

    return preflight(config, read=ask, now=clock.now())


def shown(found: Comparison) -> dict[str, Any]:
    return {
        "equal": found.equal,
        "differing": found.differing,
        "only_ours": len(found.only_ours),
        "only_theirs": len(found.only_theirs),
        "greatest": {name: str(by) for name, by in found.greatest.items()},
        "differences": [
            {**asdict(one), "by": None if one.by is None else str(one.by)} for one in found.differences[:MOST_SHOWN]
        ],
        "hours_only_ours": list(found.only_ours[:MOST_SHOWN]),
        "hours_only_theirs": list(found.only_theirs[:MOST_SHOWN]),
    }
