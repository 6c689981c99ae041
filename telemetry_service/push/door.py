"""`POST /api/telemetry/readings/` before Django: its request, middlewares and routes cost more than a reading does.

What they give is given here too: the request's id, its figures, the headers of every answer, connections that are
renewed. Whatever is not a plain push goes on to the application.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host

from shared.observability import metrics
from shared.observability.request_id import HEADER, begin_request, end
from shared.web.problems import server_error
from telemetry_service.push.api import answered

logger = logging.getLogger(__name__)
PATH = "/api/telemetry/readings/"
# As django.middleware.security.SecurityMiddleware says them.
ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
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
        started = time.monotonic()
        request_id = begin_request(environ.get("HTTP_X_REQUEST_ID"))
        try:
            answer = _answer(environ)
        finally:
            end()
        labels = settings.SERVICE, "POST", PATH[1:]
        metrics.REQUESTS.labels(*labels, str(answer.status_code)).inc()
        metrics.REQUEST_SECONDS.labels(*labels).observe(time.monotonic() - started)
        length = ("Content-Length", str(len(answer.content)))
        start_response(
            f"{answer.status_code} {answer.reason_phrase}",
            [*answer.headers.items(), *ALWAYS, (HEADER, request_id), length],
        )
        return [answer.content]


def _is_plain(environ: Environ) -> bool:
    """Its length is said, and whose host it is asked of is ours."""
    host, _ = split_domain_port(environ.get("HTTP_HOST", ""))
    return environ.get("CONTENT_LENGTH", "").isdecimal() and validate_host(host, settings.ALLOWED_HOSTS)


def _answer(environ: Environ) -> HttpResponse:
    try:
        _renew_connections()
        return answered(environ, lambda: environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except Exception:
        logger.exception("push failed")
        return server_error(None)


def _renew_connections() -> None:
    """Those that failed or are old. Not as Django does it, which asks the server before each use whether it is there:
    what is kept is tried again where it was not.
    """
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred or (connection.close_at is not None and time.monotonic() >= connection.close_at):
            connection.close_if_unusable_or_obsolete()
