"""`/api/compliance/review/`: held hours with their evidence, and a person's verdicts on them."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.obligations.models import Cause
from compliance_service.review.models import Review
from compliance_service.review.operations import Decision, Item, Reviewer, review
from compliance_service.review.queries import Waiting, Wanted, queue, reviews_of, waiting
from compliance_service.review.verdicts import Action, proposed
from shared import clock
from shared.auth.drf import needs, principal_of, proved
from shared.errors import Forbidden, NotFound
from shared.web.cursors import instant_and_id_after
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

# A page that somebody has read, not a click for everything.
MOST_ITEMS = 100
READ, WRITE = needs("compliance:read"), needs("compliance:write")


class QueueQuery(StrictQuery):
    point = serializers.UUIDField(required=False)
    reason = serializers.CharField(required=False, default="")
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class ItemBody(StrictSerializer):
    submission = serializers.UUIDField()
    seen = serializers.RegexField(r"^[0-9a-f]{16}$")
    values = serializers.DictField(child=serializers.FloatField(), required=False, default=dict)  # by variable
    voucher = serializers.CharField(max_length=64, required=False, default="")


class DecisionBody(StrictSerializer):
    action = serializers.ChoiceField(choices=[action.value for action in Action])
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    cause = serializers.ChoiceField(choices=Cause.values, required=False, default="")
    items = serializers.ListField(child=ItemBody(), allow_empty=False)

    def validate_items(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(value) > MOST_ITEMS:
            raise serializers.ValidationError(f"son demasiadas de una vez{RIGHT}a lo más {MOST_ITEMS}")
        if len({item["submission"] for item in value}) != len(value):
            raise serializers.ValidationError(f"nombran dos veces la misma hora{RIGHT}cada una una vez")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        action = Action(attrs["action"])
        if action is not Action.ACCEPT and not attrs["note"].strip():
            raise serializers.ValidationError({"note": f"falta{RIGHT}por qué se corrige o se descarta"})
        if (action is Action.DISCARD) != bool(attrs["cause"]):
            raise serializers.ValidationError({"cause": f"va con «discard» y solo con él{RIGHT}{', '.join(Cause)}"})
        return attrs


class Queue(APIView):
    def get_permissions(self) -> list[Any]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        query = QueueQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, principal = read_page(request), principal_of(request)
        point = query.validated_data.get("point")
        if point and not principal.may_see(point):
            raise Forbidden(f"Sin acceso al punto {point}.")
        wanted = Wanted(frozenset({point}) if point else principal.points, query.validated_data["reason"])
        rows = queue(wanted, after=instant_and_id_after(page), limit=page.limit + 1)
        body = page_body(
            rows, limit=page.limit, key=lambda row: (row.submission.slot_at.isoformat(), str(row.submission.id))
        )
        return Response({**body, "results": [shown(row) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        """A verdict for each hour. Asks for a password that was shown within the last five minutes."""
        principal = proved(request)
        body = DecisionBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        _must_see(request, [item["submission"] for item in said["items"]])
        by = Reviewer(principal.actor, principal.proved_at or clock.now())
        decision = Decision(Action(said["action"]), said["note"].strip(), said["cause"], by)
        items = [Item(**item) for item in said["items"]]
        verdicts = review(decision=decision, items=items, now=clock.now())
        rows = [{"submission": str(one), "verdict": verdict} for one, verdict in verdicts]
        return Response({"results": rows, "next": None})


class Reviews(APIView):
    permission_classes = [READ]

    def get(self, request: Request, submission_id: UUID) -> Response:
        """What was decided about one submission, the first first."""
        _must_see(request, [submission_id])
        return Response({"results": [shown_review(row) for row in reviews_of(submission_id)], "next": None})


def _must_see(request: Request, submissions: list[UUID]) -> None:
    for one in submissions:
        seen(request, one)


def seen(request: Request, submission_id: UUID) -> Waiting:
    """A submission that whoever asks may see. Raises NotFound."""
    found = waiting(submission_id)
    if found is None or not principal_of(request).may_see(found.submission.config.point_id):
        raise NotFound(f"No hay un envío {submission_id}.")
    return found


def shown(row: Waiting) -> dict[str, Any]:
    submission, held = row.submission, row.held
    document = proposed(held, row.form)
    return {
        "submission": str(submission.id),
        "source": submission.config.source_id,
        "config": str(submission.config_id),
        "point": str(submission.config.point_id),
        "work_code": submission.config.work_code,
        "slot_at": submission.slot_at,
        "deadline_at": submission.obligation.deadline_at,
        "is_overdue": submission.obligation.deadline_at < clock.now(),
        "kind": held.kind.value,
        "reason": held.reason,
        "evidence": held.evidence,
        "would_send": document,
        "asks_for": list(row.form.variables) if row.form else [],
        "attempts": row.attempts,
        "last_message": row.last_message,
        "seen": held.seen,
    }


def shown_review(row: Review) -> dict[str, Any]:
    return {
        "action": row.action,
        "cause": row.cause,
        "note": row.note,
        "seen": row.seen,
        "given": row.given,
        "by": row.by,
        "at": row.at,
        "proved_at": row.proved_at,
    }
