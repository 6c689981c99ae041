"""What every request gets: an id that its log lines and its calls to other services carry, and its figures."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from shared.observability import metrics
from shared.observability.request_id import HEADER, begin_request, end

Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = begin_request(request.headers.get(HEADER))
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            return response
        finally:
            end()


class MetricsMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "none"
        labels = (settings.SERVICE, _method(request), route)
        metrics.REQUESTS.labels(*labels, str(response.status_code)).inc()
        metrics.REQUEST_SECONDS.labels(*labels).observe(time.monotonic() - started)
        return response


def _method(request: HttpRequest) -> str:
    """A stranger may send any word as a method; a label takes the known ones."""
    return request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "other"
