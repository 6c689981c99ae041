"""`POST /api/telemetry/readings/`: devices send what they measured, with an API key."""

from functools import lru_cache

from celery import current_app
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.jobs.celery import nudge
from shared.jobs.nudger import Nudger
from telemetry_service.keys.current import limiter
from telemetry_service.keys.drf import HoldsKey, KeyAuthentication, holder_of
from telemetry_service.push.errors import DatabaseAway
from telemetry_service.push.operations import push
from telemetry_service.push.read.body import check_length


@lru_cache(maxsize=1)
def _nudger() -> Nudger:
    """By name: the pipeline lies above this folder."""
    return Nudger(lambda: nudge(current_app.tasks["telemetry.process_backlog"])).__enter__()


class Readings(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def post(self, request: Request) -> HttpResponse:
        holder = holder_of(request)
        with limiter().admit(holder.key_id):
            check_length(int(request.META.get("CONTENT_LENGTH") or 0))
            answer = push(
                body=request.body,  # as it came: no parser reads it
                content_type=request.META.get("CONTENT_TYPE", ""),
                encoding=request.META.get("HTTP_CONTENT_ENCODING", ""),
                idempotency_key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
                holder=holder,
                now=clock.now(),
            )
        _nudger().soon()
        return HttpResponse(answer, content_type="application/json")

    def handle_exception(self, error: Exception) -> Response:
        """Also where the key is looked up."""
        if isinstance(error, OperationalError | InterfaceError):
            error = DatabaseAway("La base de datos no responde: repita el mismo envío con la misma Idempotency-Key.")
        return super().handle_exception(error)
