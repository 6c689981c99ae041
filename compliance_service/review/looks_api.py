"""What a reviewer looks at besides the queue: the hours around one, and what was decided lately."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.review.api import READ, seen, shown_review
from compliance_service.review.around import MOST, around
from compliance_service.review.models import Review
from compliance_service.review.queries import decisions
from shared.auth.drf import principal_of
from shared.web.cursors import number_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery


class AroundQuery(StrictQuery):
    slots = serializers.IntegerField(min_value=1, max_value=MOST, required=False, default=3)


class Around(APIView):
    permission_classes = [READ]

    def get(self, request: Request, submission_id: UUID) -> Response:
        """So many hours (`slots`) on either side of one, and itself, by time."""
        query = AroundQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        rows = around(seen(request, submission_id).submission, count=query.validated_data["slots"])
        shown = [
            {"slot_at": row.slot_at, "state": row.state, "reason": row.reason, "numbers": row.numbers,
             "document": row.document}
            for row in rows
        ]  # fmt: skip
        return Response({"results": shown, "next": None})


class Decisions(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        """What people decided about held hours, the newest first: who, when, why, and when the password was shown."""
        page = read_page(request)
        rows = decisions(principal_of(request).points, before=number_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.id,))
        return Response({**body, "results": [_shown(row) for row in body["results"]]})


def _shown(row: Review) -> dict[str, Any]:
    about = row.submission
    named = {"submission": str(about.id), "work_code": about.config.work_code, "slot_at": about.slot_at}
    return {**named, **shown_review(row)}
