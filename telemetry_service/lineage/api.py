"""A number's way back: to the raw rows, to the provider's own bytes, to the configuration and the meter behind it."""

import base64
import hashlib
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import Forbidden, NotFound
from shared.web.cursors import instant_after
from shared.web.pages import page_body, read_page
from shared.web.replica import reads_replica
from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.lineage import queries
from telemetry_service.lineage.derived import add_origins
from telemetry_service.measurements.fields import Instant, Listed, in_order, iso, known_variables, visible_points
from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.measurements.queries import units
from telemetry_service.points.queries import config_versions
from telemetry_service.process.api import shown as shown_meter
from telemetry_service.process.queries import meters_of
from telemetry_service.raw.flags import Flag

READ = needs("telemetry:read")
MOST_ANSWERS = 100
MOST_BYTES = 8 * 1024 * 1024  # of one answer of ours; the one that reaches it is whole


class LineageQuery(StrictQuery):
    point = serializers.UUIDField()
    variables = Listed(serializers.CharField(max_length=40))
    to = Instant()
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate_variables(self, value: list[str]) -> list[str]:
        return known_variables(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


class AnswerQuery(StrictQuery):
    received_at = Instant()


class WantedAnswer(StrictSerializer):
    id = serializers.UUIDField()
    received_at = Instant()


class AnswersQuery(StrictSerializer):
    answers = serializers.ListField(child=WantedAnswer(), min_length=1, max_length=MOST_ANSWERS)


class Lineage(APIView):
    """The instants of a point's window, each with its measurements, what they were before, and the raw rows.

    What is made of other measurements says of which.
    """

    permission_classes = [READ]

    @reads_replica
    def get(self, request: Request) -> Response:
        query = LineageQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request), query.validated_data
        principal = principal_of(request)
        (point_id,) = visible_points([asked["point"]], principal)
        found = queries.lineage(
            point_id=point_id,
            variables=asked.get("variables") or sorted(units()),
            start=asked["from"],
            end=asked["to"],
            after=instant_after(page),
            limit=page.limit + 1,
        )
        body = page_body(found, limit=page.limit, key=lambda one: (one.time.isoformat(),))
        shown = [_shown(one) for one in body["results"]]
        add_origins(shown, point_id=point_id, instants=body["results"], principal=principal)
        return Response({**body, "results": shown, **_context(point_id)})


class Answer(APIView):
    """The very bytes that rows came in. What was pushed may speak of several points: only whoever sees all reads it."""

    # Never from a replica: who sees all is decided by what is known now.
    permission_classes = [READ]
    produces = ("application/octet-stream",)

    def get(self, request: Request, answer_id: UUID) -> HttpResponse:
        query = AnswerQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = queries.answer_bytes(answer_id=answer_id, received_at=query.validated_data["received_at"])
        if found is None:
            raise NotFound("No se guarda esa respuesta: no existe, o venció el plazo de los datos crudos.")
        source_id, body = found
        _check_sight(principal_of(request), source_id)
        response = HttpResponse(body, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{answer_id}.bin"'
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Content-SHA256"] = hashlib.sha256(body).hexdigest()
        return response


class Answers(APIView):
    """The bytes of many answers, in base64, in the order of the question: `looked_at` of it, as more would be too long.

    One that is not among them although it was looked at is kept no more.
    """

    permission_classes = [READ]

    def post(self, request: Request) -> Response:
        body = AnswersQuery(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = [(one["id"], one["received_at"]) for one in body.validated_data["answers"]]
        found = queries.answers(wanted, most=MOST_BYTES)
        for source_id in {one.source_id for one in found}:
            _check_sight(principal_of(request), source_id)
        is_full = sum(len(one.body) for one in found) >= MOST_BYTES
        looked_at = found[-1].place + 1 if is_full else len(wanted)
        return Response({"results": [_shown_kept(one) for one in found], "looked_at": looked_at})


def _shown_kept(one: queries.Kept) -> dict[str, Any]:
    return {
        "id": one.answer_id,
        "received_at": iso(one.received_at),
        "sha256": hashlib.sha256(one.body).hexdigest(),
        "body": base64.b64encode(one.body).decode(),
    }


def _check_sight(principal: Principal, source_id: UUID) -> None:
    points = queries.points_of_source(source_id)
    if principal.points is not None and not (points and points <= principal.points):
        raise Forbidden("Sin acceso a todos los puntos de esa respuesta.")


def _context(point_id: UUID) -> dict[str, Any]:
    """The configurations and the meters that the rows name."""
    return {
        "configurations": [
            {"version": one.version, "valid_from": one.valid_from and iso(one.valid_from), "config": one.config}
            for one in config_versions(point_id)
        ],
        "meters": [shown_meter(meter) for meter in meters_of(point_id)],
    }


def _shown(one: queries.Instant) -> dict[str, Any]:
    return {
        "time": iso(one.time),
        "measurements": [_shown_made(made) for made in one.measured],
        "past": [_shown_made(made) for made in one.past],
        "readings": [_shown_said(said) for said in one.readings],
    }


def _shown_made(made: queries.Made) -> dict[str, Any]:
    shown = {
        "variable": made.variable,
        "value": made.value,
        "unit": units().get(made.variable, ""),
        "quality": made.quality,
        "quality_label": LABELS[made.quality],
        "reasons": reason_names(made.reasons),
        "source": made.source_id,
        "config_version": made.config_version,
        "meter_from": made.meter_from and iso(made.meter_from),
        "known_since": iso(made.known_since),
    }
    return shown | ({"known_until": iso(made.known_until)} if made.known_until else {})


def _shown_said(said: queries.Said) -> dict[str, Any]:
    return {
        "source": said.source_id,
        "key": said.key,
        "variable": said.variable,
        "value": said.value,
        "unit": said.unit,
        "received_at": iso(said.received_at),
        "flags": [str(flag.name).lower() for flag in Flag(said.flags)],
        "withdrawn": said.is_withdrawn,
        "conflict": said.is_conflict,
        "answer": {
            "id": said.answer_id,
            "received_at": iso(said.received_at),
            "sha256": said.sha256.hex() if said.sha256 is not None else None,
            "size": said.size,
        },
    }
