"""`/api/compliance/book/{config}/impact/`: which reported hours a correction makes, or would make, differ."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.book.days import ClosedDays, must_be_few
from compliance_service.clients.replay import Supposed
from compliance_service.clients.telemetry import Measured, measurements, telemetry
from compliance_service.impact.assess import Impact, Touched, assess
from compliance_service.impact.note import draft
from compliance_service.impact.suppose import supposing
from compliance_service.obligations.api import Instant, seen_config
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.works import authority_for, work_of
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import InvalidInput, Refused, Unreachable, invalid
from shared.web.serializers import StrictSerializer

# A supposition takes a while for each month between when it would hold and what is asked about.
MOST_BACK = timedelta(days=3650)


class SupposedConfig(StrictSerializer):
    """A configuration as Core would take it, and from when on it would hold. `point`: one that the work is made of."""

    point = serializers.UUIDField(required=False)
    config = serializers.DictField()
    valid_from = Instant()


class SupposedDays(ClosedDays):
    suppose = SupposedConfig()


class ImpactReport(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request, config_id: UUID) -> Response:
        config = seen_config(request, config_id)
        query = ClosedDays(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        first, last = query.validated_data["from"], query.validated_data["to"]
        must_be_few(config, first, last)
        found = assess(config, first=first, last=last, read=_read, now=clock.now())
        return Response(_report(config, found))

    def post(self, request: Request, config_id: UUID) -> Response:
        """Before anybody confirms a correction: as if it held. Dry: no measurement changes, nothing is stored."""
        config = seen_config(request, config_id)
        body = SupposedDays(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        must_be_few(config, said["from"], said["to"])
        _must_not_be_long_ago(said["suppose"]["valid_from"], said["from"])
        read = supposing(_supposed(request, config, said["suppose"]), client=telemetry(), read=_read)
        try:
            found = assess(config, first=said["from"], last=said["to"], read=read, now=clock.now())
        except Refused as error:
            raise _unacceptable(error) from error
        except Unreachable as error:
            detail = (
                f"No se pudo calcular la suposición: {error.detail}. Reintente, con un período más corto o más nuevo."
            )
            raise Unreachable(detail) from error
        return Response(_report(config, found))


def _supposed(request: Request, config: ComplianceConfig, said: Mapping[str, Any]) -> Supposed:
    point = said.get("point", config.point_id)
    known = {one for one, _ in authority_for(config).wanted(work_of(config))}
    if point not in known or not principal_of(request).may_see(point):
        expected = f"uno de {', '.join(sorted(str(one) for one in known))}"
        raise invalid("suppose.point", "la obra no se informa con ese punto", received=str(point), expected=expected)
    return Supposed(point, said["config"], said["valid_from"])


def _must_not_be_long_ago(valid_from: datetime, first: date) -> None:
    """Telemetry makes anew all that lies between."""
    if first - valid_from.date() > MOST_BACK:
        expected = f"a lo más {MOST_BACK.days // 365} años antes de «from»"
        raise invalid("suppose.valid_from", "es demasiado antiguo", received=valid_from.isoformat(), expected=expected)


def _unacceptable(error: Refused) -> InvalidInput:
    """Telemetry is asked with our own `suppose`, so it names the fields as the person did."""
    fields = [one for one in error.errors if one.field.startswith("suppose.")]
    if fields:
        return InvalidInput("Telemetry no puede suponer esa configuración.", errors=fields)
    return invalid("suppose.config", error.detail, expected="una configuración que Core aceptaría")


def _report(config: ComplianceConfig, found: Impact) -> dict[str, Any]:
    return {
        "config": config.id,
        "work_code": found.work_code,
        "from": found.first,
        "to": found.last,
        "compared": found.compared,
        "differ": len(found.touched),
        "results": [_shown(one) for one in found.touched],
        "note": draft(found),
    }


def _read(points: Any, variables: Any, start: datetime, end: datetime) -> list[Measured]:
    return measurements(telemetry(), points=points, variables=variables, start=start, end=end)


def _shown(one: Touched) -> dict[str, Any]:
    return {
        "slot_at": one.slot_at,
        "voucher": one.voucher,
        "by_person": one.by_person,
        "reason": one.reason,
        "differences": [
            {"field": said.field, "sent": said.sent, "now": said.now, "by": None if said.by is None else f"{said.by:f}"}
            for said in one.differences
        ],
    }
