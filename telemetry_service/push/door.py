"""`POST /api/telemetry/readings/` before Django: its request, middlewares and routes cost more than a reading does.

What they give is given here too: the request's id, its figures, the headers of every answer, connections that are
renewed. Whatever is not a plain push goes on to the application.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host

from shared.observability import metrics
from shared.observability.request_id import HEADER, begin_request, end
from shared.web.problems import server_error
from telemetry_service.push.api import Asked, answered, answered_together
from telemetry_service.push.lane.head import PATH
from telemetry_service.push.lane.said import Answer, Came

logger = logging.getLogger(__name__)
# As django.middleware.security.SecurityMiddleware says them.
ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
KEPT = [("Content-Type", "application/json"), *ALWAYS]  # what is said of every push that was read
Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Door:
    """A WSGI application around the service's own."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST" or not _is_plain(environ):
            return self._application(environ, start_response)
        began = time.monotonic()
        request_id = begin_request(environ.get("HTTP_X_REQUEST_ID"))
        try:
            answer = _answer(_answered(environ), request_id)
        finally:
            end()
        _count([answer], [began])
        start_response(answer.status, answer.headers)
        return [answer.content]

    def takes(self, meta: Mapping[str, str]) -> bool:
        """Whether a push with these headers may be answered by `together`."""
        return _is_ours(meta["HTTP_HOST"])

    def together(self, came: Sequence[Came]) -> list[Answer]:
        """As by itself, of small pushes that are there at the same time, in their order."""
        asked = [Asked(one.meta, one.body, begin_request(one.meta.get("HTTP_X_REQUEST_ID"))) for one in came]
        try:
            found = _answered_together(asked)
        finally:
            end()
        answers = [_answer(one, of.request_id) for one, of in zip(found, asked, strict=True)]
        _count(answers, [one.began for one in came])
        return answers


def _is_plain(environ: Environ) -> bool:
    """Its length is said, and whose host it is asked of is ours."""
    return environ.get("CONTENT_LENGTH", "").isdecimal() and _is_ours(environ.get("HTTP_HOST", ""))


@lru_cache(maxsize=64)
def _is_ours(host: str) -> bool:
    name, _ = split_domain_port(host)
    return validate_host(name, settings.ALLOWED_HOSTS)


def _answered(environ: Environ) -> HttpResponse:
    try:
        _renew_connections()
        return answered(environ, lambda: environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except Exception:
        logger.exception("push failed")
        return server_error(None)


def _answered_together(asked: Sequence[Asked]) -> Sequence[bytes | HttpResponse]:
    try:
        _renew_connections()
        return answered_together(asked)
    except Exception:
        logger.exception("pushes failed", extra={"pushes": len(asked)})
        return [_failed(one) for one in asked]


def _failed(asked: Asked) -> HttpResponse:
    begin_request(asked.request_id)
    return server_error(None)


def _answer(found: bytes | HttpResponse, request_id: str) -> Answer:
    """`found`: of a push that was kept the content alone."""
    if isinstance(found, bytes):
        own = (HEADER, request_id), ("Content-Length", str(len(found)))
        return Answer("200 OK", [*KEPT, *own], found)
    own = (HEADER, request_id), ("Content-Length", str(len(found.content)))
    status = f"{found.status_code} {found.reason_phrase}"
    return Answer(status, [*found.headers.items(), *ALWAYS, *own], found.content)


def _count(answers: Sequence[Answer], began: Sequence[float]) -> None:
    labels = settings.SERVICE, "POST", PATH[1:]
    now, seconds = time.monotonic(), metrics.REQUEST_SECONDS.labels(*labels)
    for answer, since in zip(answers, began, strict=True):
        metrics.REQUESTS.labels(*labels, answer.status[:3]).inc()
        seconds.observe(now - since)


def _renew_connections() -> None:
    """Those that failed or are old. Not as Django does it, which asks the server before each use whether it is there:
    what is kept is tried again where it was not.
    """
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred or (connection.close_at is not None and time.monotonic() >= connection.close_at):
            connection.close_if_unusable_or_obsolete()
