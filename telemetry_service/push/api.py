"""`POST /api/telemetry/readings/`: devices send what they measured, with an API key."""

from functools import lru_cache
from typing import Any

from celery import current_app
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from shared import clock
from shared.errors import StackError
from shared.jobs.celery import nudge
from shared.jobs.nudger import Nudger
from shared.web.problems import respond
from telemetry_service.keys.current import limiter
from telemetry_service.keys.drf import HoldsKey, KeyAuthentication, bearer_of
from telemetry_service.push.errors import AGAIN, DatabaseAway
from telemetry_service.push.operations import push
from telemetry_service.push.read.body import check_length


@lru_cache(maxsize=1)
def _nudger() -> Nudger:
    """By name: the pipeline lies above this folder."""
    return Nudger(lambda: nudge(current_app.tasks["telemetry.process_backlog"])).__enter__()


class Readings(APIView):
    """Devices send what they measured, with an API key."""

    takes = ("application/x-ndjson", "text/csv")
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Past REST framework's own way: it negotiates and wraps as much as a reading kept with others costs."""
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        try:
            return self.post(request)
        except (OperationalError, InterfaceError):  # also where the key is looked up
            return respond(DatabaseAway(AGAIN))
        except (StackError, RequestDataTooBig) as error:
            return respond(error)

    def post(self, request: HttpRequest) -> HttpResponse:
        holder = bearer_of(request)
        with limiter().admit(holder.key_id):
            check_length(int(request.META.get("CONTENT_LENGTH") or 0))
            answer = push(
                body=request.body,
                content_type=request.META.get("CONTENT_TYPE", ""),
                encoding=request.META.get("HTTP_CONTENT_ENCODING", ""),
                idempotency_key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
                holder=holder,
                now=clock.now(),
            )
        _nudger().soon()
        return HttpResponse(answer, content_type="application/json")
