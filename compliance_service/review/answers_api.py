"""`/api/compliance/sources/<code>/answers/`: what the words of refusals mean, and which words nobody knows yet."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.classify import ALLOWED
from compliance_service.authorities.models import AnswerRule
from compliance_service.authorities.operations import add_answer, end_answer
from compliance_service.authorities.queries import active_source, answer_rules
from compliance_service.review.reclassify import reclassify
from compliance_service.submissions.queries import unknown_answers
from shared import clock
from shared.auth.drf import needs, principal_of, proved
from shared.errors import Forbidden, NotFound
from shared.web.serializers import StrictSerializer

READ, WRITE = needs("compliance:read"), needs("compliance:write")


class NewAnswer(StrictSerializer):
    position = serializers.IntegerField(min_value=1, max_value=30_000)
    pattern = serializers.CharField(max_length=200, trim_whitespace=False)
    meaning = serializers.ChoiceField(choices=[meaning.value for meaning in ALLOWED])
    note = serializers.CharField(max_length=2000)


class Ending(StrictSerializer):
    note = serializers.CharField(max_length=2000)


class Answers(APIView):
    def get_permissions(self) -> list[Any]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request, code: str) -> Response:
        _known(code)
        return Response({"results": [shown(row) for row in answer_rules(code)], "next": None})

    def post(self, request: Request, code: str) -> Response:
        """A new row, from now on. The hours that were held for these words follow it at once."""
        principal = proved(request)
        body = NewAnswer(data=request.data)
        body.is_valid(raise_exception=True)
        _known(code)
        row = add_answer(code=code, **body.validated_data, by=principal.actor, now=clock.now())
        moved = reclassify(code=code, by=principal.actor, now=clock.now())
        return Response({**shown(row), "moved": moved}, status=201)


class EndAnswer(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, code: str, rule_id: int) -> Response:
        principal = proved(request)
        body = Ending(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data["note"]
        row = end_answer(code=code, rule_id=rule_id, note=note, by=principal.actor, now=clock.now())
        return Response(shown(row))


class UnknownAnswers(APIView):
    permission_classes = [READ]

    def get(self, request: Request, code: str) -> Response:
        """The words that hold hours, those that hold most first. For who may see every work: they are of all."""
        _known(code)
        if principal_of(request).points is not None:
            raise Forbidden("Las respuestas sin clasificar las ve quien ve todos los puntos.")
        return Response({"results": unknown_answers(code), "next": None})


def _known(code: str) -> None:
    if active_source(code) is None:
        raise NotFound("No hay una fuente activa con ese código.")


def shown(row: AnswerRule) -> dict[str, Any]:
    return {
        "id": row.id,
        "position": row.position,
        "pattern": row.pattern,
        "meaning": row.meaning,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "note": row.note,
        "by": row.created_by,
        "ended_note": row.ended_note,
        "ended_by": row.ended_by,
    }
