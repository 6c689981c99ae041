"""One place makes HTTP of errors: RFC 9457 problem details."""

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from shared.auth.api_keys import hide_keys
from shared.errors import FieldError, Forbidden, InvalidInput, NotAuthenticated, NotFound, StackError, TooMany
from shared.observability.request_id import current_request_id
from shared.web.field_errors import flatten

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. An error that nobody meant stays an error, and is logged with its trace."""
    known = as_stack_error(error, context.get("request"))
    if known is None:
        if isinstance(error, exceptions.APIException):
            return _response(_body(error.status_code, error.default_code, str(error.detail), ""), error.status_code)
        return None
    response = _response(problem(known), known.status)
    for name, value in _headers(known, error).items():
        response[name] = value
    return response


def respond(error: Exception) -> JsonResponse:
    """For a view that is none of REST framework's. An error that nobody meant is raised again."""
    known = as_stack_error(error)
    if known is None:
        raise error
    headers = _headers(known, error)
    return JsonResponse(problem(known), status=known.status, content_type=CONTENT_TYPE, headers=headers)


def _headers(known: StackError, error: Exception) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(known, NotAuthenticated) else {}
    wait = getattr(error, "wait", None)  # REST framework's Throttled and our own, in seconds
    return {**headers, "Retry-After": str(int(wait) + 1)} if wait else headers


def as_stack_error(error: Exception, request: Any = None) -> StackError | None:
    if isinstance(error, StackError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return InvalidInput("Hay campos que no se pueden aceptar.", errors=flatten(error.detail, _received(request)))
    if isinstance(error, exceptions.ParseError | BadRequest | RequestDataTooBig):
        return InvalidInput(f"No se puede leer el cuerpo: {error}")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return NotAuthenticated(str(error))
    if isinstance(error, exceptions.PermissionDenied | PermissionDenied):
        return Forbidden(str(error) or "Sin permiso.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return NotFound("No existe.")
    if isinstance(error, exceptions.Throttled):
        return TooMany("Demasiadas solicitudes: espere un momento.")
    return None


def _received(request: Any) -> Any:
    """What was asked: the body, or the options of the address where there is none."""
    if request is None:
        return None
    options = getattr(request, "query_params", None)
    return getattr(request, "data", None) or (options.dict() if options is not None else None)


def problem(error: StackError) -> dict[str, Any]:
    body = _body(error.status, error.code, error.detail, error.title)
    if error.errors:
        body["errors"] = [_field(item) for item in error.errors]
    return body


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler404: an address that no service has."""
    body = problem(NotFound(f"No hay nada en {request.path}."))
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def server_error(request: HttpRequest | None) -> JsonResponse:
    """Django's handler500. The trace is in the log, under the same request id."""
    body = _body(500, "internal_error", "Error interno: quedó registrado con este request_id.", "Error interno")
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)


def _body(status: int, code: str, detail: str, title: str) -> dict[str, Any]:
    return {
        "type": f"urn:stack-vps:problem:{code}",
        "title": title or code,
        "status": status,
        "detail": hide_keys(detail),
        "code": code,
        "request_id": current_request_id(),
    }


def _field(error: FieldError) -> dict[str, Any]:
    said = {
        "field": error.field,
        "problem": error.problem,
        "received": _short(error.received),
        "expected": error.expected,
    }
    return {**said, "code": error.code} if error.code else said


def _short(value: Any) -> Any:
    """What came, small enough to read: JSON scalars as they are, anything else as the first 200 characters."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = hide_keys(value if isinstance(value, str) else repr(value))
    return text if len(text) <= 200 else text[:200] + "…"


def _response(body: dict[str, Any], status: int) -> Response:
    return Response(body, status=status, content_type=CONTENT_TYPE)
