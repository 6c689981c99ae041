"""`GET /api/compliance/data/`: what was sent, hour by hour, with its receipt or the reason why not."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.obligations.api import Instant, explain_body, seen_config
from compliance_service.obligations.models import Cause
from compliance_service.obligations.operations import Evidence, explain
from compliance_service.submissions import queries
from compliance_service.submissions.models import Attempt
from compliance_service.submissions.operations import resume
from compliance_service.submissions.states import Status
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import Forbidden, NotFound
from shared.web.cursors import instant_and_id_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery


class DataQuery(StrictQuery):
    point = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=[status.value for status in Status], required=False)
    to = Instant(required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": Instant(required=False)}


class Data(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        query = DataQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        wanted = _wanted(query.validated_data, principal_of(request))
        rows = queries.page(wanted, after=instant_and_id_after(page), limit=page.limit + 1)
        return Response(page_body(rows, limit=page.limit, key=lambda row: (row["slot_at"].isoformat(), str(row["id"]))))


class Datum(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request, submission_id: UUID) -> Response:
        """One submission with every attempt at it and every move of its state."""
        row = queries.one(submission_id)
        if row is None or not principal_of(request).may_see(row["point"]):
            raise NotFound("No hay un envío con ese id.")
        attempts = [_shown(attempt) for attempt in queries.attempts_of(submission_id)]
        moves = [
            {"from": move.old, "to": move.new, "at": move.at, "by": move.by, "reason": move.reason}
            for move in queries.moves_of(submission_id)
        ]
        return Response({**row, "attempts": attempts, "moves": moves})


class Resume(APIView):
    permission_classes = [needs("compliance:write")]

    def post(self, request: Request, config_id: UUID) -> Response:
        """A stopped work goes on; what was rejected is sent again on the next day that the rules allow."""
        config = seen_config(request, config_id)
        count = resume(config_id=config.id, by=principal_of(request).actor, now=clock.now())
        return Response({"config": str(config.id), "to_send_again": count})


class Explain(APIView):
    permission_classes = [needs("compliance:write")]

    def post(self, request: Request) -> Response:
        """A verdict for each hour. Hours that are being sent, or may have arrived, are left as they are."""
        body, config = explain_body(request)
        verdicts = explain(
            config_id=config.id,
            start=body["from"],
            end=body["to"],
            cause=Cause(body["cause"]),
            note=body["note"],
            leave=queries.being_sent(config.id),
            evidence=Evidence(body["evidence"], queries.known_of(config.id, start=body["from"], end=body["to"])),
            by=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(
            {"results": [{"slot_at": slot, "verdict": verdict} for slot, verdict in verdicts], "next": None}
        )


def _shown(attempt: Attempt) -> dict[str, Any]:
    """Bytes as text: the request with a keyed digest in its password's place, the answer as it came."""
    return {
        "number": attempt.number,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "url": attempt.url,
        "request_headers": attempt.request_headers,
        "request_body": bytes(attempt.request_body).decode(errors="replace"),
        "response_status": attempt.response_status,
        "response_body": bytes(attempt.response_body).decode(errors="replace"),
        "meaning": attempt.meaning,
        "message": attempt.message,
    }


def _wanted(asked: dict[str, Any], principal: Principal) -> queries.Wanted:
    point = asked.get("point")
    if point and not principal.may_see(point):
        raise Forbidden(f"Sin acceso al punto {point}.")
    points = frozenset({point}) if point else principal.points
    return queries.Wanted(points, asked.get("status", ""), asked.get("from"), asked.get("to"))
