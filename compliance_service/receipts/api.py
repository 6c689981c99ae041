"""What the regulator was found to hold: sums, readings, incidents."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.dga.record import Verdict
from compliance_service.receipts.models import Incident
from compliance_service.receipts.operations import close_incident
from compliance_service.receipts.queries import incidents_page, verification
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import instant_and_number_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

READ, WRITE = needs("compliance:read"), needs("compliance:write")


class Verification(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        StrictQuery(data=request.query_params.dict()).is_valid(raise_exception=True)
        counts = verification(points=principal_of(request).points)
        verdicts = {verdict.value: counts.get(verdict.value, 0) for verdict in Verdict}
        unread = {"not_yet_read": counts.get("", 0), "cannot_be_read": counts["cannot"]}
        return Response({"receipts": sum(counts.values()), **unread, **verdicts})


class IncidentQuery(StrictQuery):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class Incidents(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = IncidentQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        rows = incidents_page(
            points=principal_of(request).points,
            is_open=query.validated_data["open"],
            after=instant_and_number_after(page),
            limit=page.limit + 1,
        )
        body = page_body(rows, limit=page.limit, key=lambda row: (row.opened_at.isoformat(), row.id))
        return Response({**body, "results": [shown(row) for row in body["results"]]})


class Closing(StrictSerializer):
    note = serializers.CharField(max_length=2000)


class CloseIncident(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, incident_id: int) -> Response:
        asked = Closing(data=request.data)
        asked.is_valid(raise_exception=True)
        incident = close_incident(
            incident_id=incident_id,
            note=asked.validated_data["note"],
            by=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(incident))


def shown(incident: Incident) -> dict[str, Any]:
    receipt, found = incident.receipt, incident.read_back
    submission = receipt.submission
    return {
        "id": incident.id,
        "submission": str(submission.id),
        "work_code": submission.config.work_code,
        "slot_at": submission.slot_at,
        "voucher": receipt.voucher,
        "verdict": found.verdict,
        "differences": found.differences,
        "url": found.url,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "closed_by": incident.closed_by,
        "note": incident.note,
    }
