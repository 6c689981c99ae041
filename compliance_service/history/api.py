"""`/api/compliance/history-credentials/`: who issued which, to whom it opens what, and its end."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.history import operations, queries
from compliance_service.history.models import HistoryCredential
from compliance_service.obligations.api import Rut
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import Forbidden
from shared.web.cursors import instant_and_id_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictSerializer


class NewCredential(StrictSerializer):
    company_rut = Rut()
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class Credentials(APIView):
    def get_permissions(self) -> list[Any]:
        return [needs("compliance:write" if self.request.method == "POST" else "compliance:read")()]

    def get(self, request: Request) -> Response:
        _whole(request)
        page = read_page(request)
        rows = queries.credentials(after=instant_and_id_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.issued_at.isoformat(), str(row.id)))
        return Response({**body, "results": [shown(row) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        """The password is in this answer and nowhere else."""
        by = _whole(request).actor
        body = NewCredential(data=request.data)
        body.is_valid(raise_exception=True)
        made, password = operations.issue(**body.validated_data, by=by, now=clock.now())
        return Response({**shown(made), "password": password}, status=201, headers={"Cache-Control": "no-store"})


class Revoke(APIView):
    permission_classes = [needs("compliance:write")]

    def post(self, request: Request, credential_id: UUID) -> Response:
        by = _whole(request).actor
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        return Response(shown(operations.revoke(credential_id=credential_id, by=by, now=clock.now())))


def shown(row: HistoryCredential) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "usuario": row.usuario,
        "company_rut": row.company_rut,
        "note": row.note,
        "issued_at": row.issued_at,
        "issued_by": row.issued_by,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
        "revoked_by": row.revoked_by,
    }


def _whole(request: Request) -> Principal:
    """A credential opens all that a company reports: whoever sees some points only has no say in it."""
    principal = principal_of(request)
    if principal.points is not None:
        raise Forbidden("Solo quien ve todos los puntos administra estas credenciales.")
    return principal
