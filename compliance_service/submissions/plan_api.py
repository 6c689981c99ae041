"""`GET /api/compliance/plan/`: when each work's backlog will be gone, and what will miss its lag."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.submissions.planning import WorkPlan, not_before, plans
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.serializers import StrictQuery

MOST_LATE = 100


class Plan(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        StrictQuery(data=request.query_params.dict()).is_valid(raise_exception=True)
        found = plans(points=principal_of(request).points, now=clock.now())
        rows = [_shown(one) for one in found]
        return Response({"results": rows, "next": None, "not_before": not_before(found, now=clock.now())})


def _shown(one: WorkPlan) -> dict[str, Any]:
    late = one.late
    return {
        "config": str(one.config.id),
        "work_code": one.config.work_code,
        "owed": one.owed,
        "next_send_at": one.sends[0].at if one.sends else None,
        "clears_at": one.clears_at,
        "late": len(late),
        "late_slots": [
            {"slot_at": item.slot_at, "at": item.at, "deadline_at": item.deadline_at} for item in late[:MOST_LATE]
        ],
        "summary": one.sentence,
    }
