"""`POST /api/telemetry/readings/`: devices send what they measured, with an API key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import Any, NamedTuple

from celery import current_app
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from shared import clock
from shared.errors import StackError
from shared.jobs.celery import nudge
from shared.jobs.nudger import Nudger
from shared.observability.request_id import begin_request
from shared.web.problems import respond
from telemetry_service.keys.current import limiter
from telemetry_service.keys.drf import HoldsKey, KeyAuthentication, bearer_in
from telemetry_service.keys.holder import KeyHolder
from telemetry_service.push.errors import AGAIN, AWAY, DatabaseAway
from telemetry_service.push.keep.push import Push
from telemetry_service.push.operations import count_rows, keep_now, outcome_of, push, read_push
from telemetry_service.push.read.body import check_length


class Asked(NamedTuple):
    """A push as it came, by its WSGI headers; `request_id` as it is logged and said."""

    meta: Mapping[str, Any]
    body: bytes
    request_id: str


@lru_cache(maxsize=1)
def _nudger() -> Nudger:
    """By name: the pipeline lies above this folder."""
    return Nudger(lambda: nudge(current_app.tasks["telemetry.process_backlog"])).__enter__()


def answered(meta: Mapping[str, Any], read: Callable[[], bytes]) -> HttpResponse:
    """The answer to a push, by its WSGI headers and its body. What was not meant to happen is raised."""
    try:
        return HttpResponse(_taken(meta, read), content_type="application/json")
    except AWAY:  # also where the key is looked up
        return respond(DatabaseAway(AGAIN))
    except (StackError, RequestDataTooBig) as error:
        return respond(error)


def answered_together(asked: Sequence[Asked]) -> list[bytes | HttpResponse]:
    """As `answered`, of pushes that came at the same time, in their order: of one that is kept the bytes alone."""
    with ExitStack() as admitted:
        begun = list(_begun(asked, admitted))
        pushes = [one for one in begun if isinstance(one, Push)]
        if pushes:
            keep_now(pushes)
            count_rows(pushes)
            _nudger().soon()
        return [_said(one, of) if isinstance(one, Push) else one for one, of in zip(begun, asked, strict=True)]


def _begun(asked: Sequence[Asked], admitted: ExitStack) -> Iterator[Push | HttpResponse]:
    """Each one read, or why it is refused. Where a key cannot be looked up the others do not wait for the database."""
    is_away = False
    for one in asked:
        begin_request(one.request_id)
        try:
            if is_away:
                raise DatabaseAway(AGAIN)
            holder = _holder_in(one.meta)
            admitted.enter_context(limiter().admit(holder.key_id))
            yield read_push(**_came(one.meta, one.body), holder=holder, now=clock.now())
        except AWAY:
            is_away = True
            yield respond(DatabaseAway(AGAIN))
        except StackError as error:
            yield respond(error)


def _said(one: Push, asked: Asked) -> bytes | HttpResponse:
    try:
        return outcome_of(one)
    except StackError as error:
        begin_request(asked.request_id)
        return respond(error)


def _taken(meta: Mapping[str, Any], read: Callable[[], bytes]) -> bytes:
    holder = _holder_in(meta)
    with limiter().admit(holder.key_id):
        check_length(int(meta.get("CONTENT_LENGTH") or 0))
        answer = push(**_came(meta, read()), holder=holder, now=clock.now())
    _nudger().soon()
    return answer


def _came(meta: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    return {
        "body": body,
        "content_type": meta.get("CONTENT_TYPE", ""),
        "encoding": meta.get("HTTP_CONTENT_ENCODING", ""),
        "idempotency_key": meta.get("HTTP_IDEMPOTENCY_KEY", ""),
    }


def _holder_in(meta: Mapping[str, Any]) -> KeyHolder:
    """Once more where this thread's connection is found lost."""
    try:
        return bearer_in(meta)
    except AWAY:
        connection.close_if_unusable_or_obsolete()
        return bearer_in(meta)


class Readings(APIView):
    """Devices send what they measured, with an API key."""

    takes = ("application/x-ndjson", "text/csv")
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Past REST framework's own way: it negotiates and wraps as much as a reading kept with others costs."""
        return self.post(request) if request.method == "POST" else super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        return answered(request.META, lambda: request.body)
