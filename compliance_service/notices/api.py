"""`/api/compliance/notices/`: what has to be told to the regulator, drafted, filled in and delivered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.notices import operations, queries
from compliance_service.notices.models import Kind, Notice
from compliance_service.obligations.api import Instant, seen_config
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import NotFound
from shared.web.cursors import instant_and_id_after
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

WRITE = needs("compliance:write")
LONGEST = 4000


class NoticeQuery(StrictQuery):
    delivered = serializers.BooleanField(required=False, allow_null=True, default=None)
    kind = serializers.ChoiceField(choices=Kind.values, required=False, default="")
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class NewChange(StrictSerializer):
    config = serializers.UUIDField()
    planned_date = serializers.DateField()
    description = serializers.CharField(max_length=LONGEST)


class Filling(StrictSerializer):
    cause = serializers.CharField(max_length=LONGEST, required=False)
    repair = serializers.CharField(max_length=LONGEST, required=False)
    measures = serializers.CharField(max_length=LONGEST, required=False)
    description = serializers.CharField(max_length=LONGEST, required=False)


class Delivery(StrictSerializer):
    note = serializers.CharField(max_length=LONGEST)
    delivered_at = Instant(required=False)

    def validate_delivered_at(self, value: datetime) -> datetime:
        if value > clock.now():
            raise serializers.ValidationError(f"es posterior a ahora{RIGHT}cuándo se envió")
        return value


class Notices(APIView):
    def get_permissions(self) -> list[Any]:
        return [needs("compliance:write" if self.request.method == "POST" else "compliance:read")()]

    def get(self, request: Request) -> Response:
        query = NoticeQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        rows = queries.page(
            points=principal_of(request).points,
            is_delivered=query.validated_data["delivered"],
            kind=query.validated_data["kind"],
            after=instant_and_id_after(page),
            limit=page.limit + 1,
        )
        body = page_body(rows, limit=page.limit, key=lambda row: (row.drafted_at.isoformat(), str(row.id)))
        return Response({**body, "results": [shown(row) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        """A change that is planned. Failures are drafted by themselves."""
        body = NewChange(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        config = queries.whole_config(seen_config(request, said["config"]).id)
        made = operations.draft_change(
            config=config,
            planned_date=said["planned_date"],
            description=said["description"],
            by=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(made), status=201)


class OneNotice(APIView):
    permission_classes = [WRITE]

    def patch(self, request: Request, notice_id: UUID) -> Response:
        body = Filling(data=request.data)
        body.is_valid(raise_exception=True)
        _seen(request, notice_id)
        by = principal_of(request).actor
        return Response(shown(operations.fill(notice_id=notice_id, filled=body.validated_data, by=by, now=clock.now())))


class Deliver(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, notice_id: UUID) -> Response:
        body = Delivery(data=request.data)
        body.is_valid(raise_exception=True)
        _seen(request, notice_id)
        at, by = body.validated_data.get("delivered_at") or clock.now(), principal_of(request).actor
        return Response(shown(operations.deliver(notice_id=notice_id, note=body.validated_data["note"], at=at, by=by)))


def shown(notice: Notice) -> dict[str, Any]:
    return {
        "id": str(notice.id),
        "kind": notice.kind,
        "config": str(notice.config_id),
        "source": notice.config.source_id,
        "work_code": notice.config.work_code,
        "starts_at": notice.starts_at,
        "ended_at": notice.ended_at,
        "due_at": notice.due_at,
        "to": notice.to,
        "subject": notice.subject,
        "body": notice.body,
        "facts": notice.facts,
        "filled": notice.filled,
        "drafted_at": notice.drafted_at,
        "drafted_by": notice.drafted_by,
        "changed_at": notice.changed_at,
        "changed_by": notice.changed_by,
        "delivered_at": notice.delivered_at,
        "delivered_by": notice.delivered_by,
        "delivery_note": notice.delivery_note,
    }


def _seen(request: Request, notice_id: UUID) -> None:
    found = queries.one(notice_id)
    if found is None or not principal_of(request).may_see(found.config.point_id):
        raise NotFound("No hay un aviso con ese id.")
