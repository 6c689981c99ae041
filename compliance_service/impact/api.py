"""`/api/compliance/book/{config}/impact/`: which reported hours a correction makes differ, and a note about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.book.days import ClosedDays, must_be_few
from compliance_service.clients.telemetry import Measured, measurements, telemetry
from compliance_service.impact.assess import Touched, assess
from compliance_service.impact.note import draft
from compliance_service.obligations.api import seen_config
from shared import clock
from shared.auth.drf import needs


class ImpactReport(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request, config_id: UUID) -> Response:
        config = seen_config(request, config_id)
        query = ClosedDays(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        first, last = query.validated_data["from"], query.validated_data["to"]
        must_be_few(config, first, last)
        found = assess(config, first=first, last=last, read=_read, now=clock.now())
        return Response(
            {
                "config": config.id,
                "work_code": found.work_code,
                "from": first,
                "to": last,
                "compared": found.compared,
                "differ": len(found.touched),
                "results": [_shown(one) for one in found.touched],
                "note": draft(found),
            }
        )


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
