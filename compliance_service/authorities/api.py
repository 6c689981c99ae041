"""`GET /api/compliance/sources/`: which regulators this system reports to, and how."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.models import ComplianceSource
from compliance_service.authorities.queries import sources
from shared.auth.drf import needs
from shared.web.cursors import text_after
from shared.web.pages import page_body, read_page


class Sources(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        rows = sources(after=text_after(page) or "", limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda source: (source.code,))
        return Response({**body, "results": [shown(source) for source in body["results"]]})


def shown(source: ComplianceSource) -> dict[str, Any]:
    return {
        "code": source.code,
        "name": source.name,
        "description": source.description,
        "config": source.config,
        "required_schema": source.required_schema,
        "supported_variables": source.supported_variables,
        "is_active": source.is_active,
        "changed_at": source.changed_at,
        "changed_by": source.changed_by,
        "changed_note": source.changed_note,
    }
