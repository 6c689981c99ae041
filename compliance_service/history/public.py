"""The holder's own historical service of Res. Ex. SMA 254, section 5: log in, ask for a device's day.

It answers in SMA's form, errors too (`{"mensaje": …}`), and with the resolution's status codes only: 200, 400, 401, 403
and 500.
"""

import logging
from typing import Any

from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from compliance_service.authorities.sma.document import records_body
from compliance_service.history import operations, tokens
from compliance_service.history.days import NoSuchDay, bounds, read_day
from compliance_service.history.models import HistoryCredential
from compliance_service.history.queries import credential_of, has_device, process_of, registros
from shared import clock
from shared.errors import Forbidden, InvalidInput, NotAuthenticated, StackError, TooMany

logger = logging.getLogger(__name__)
LONGEST = 200


class ByAddress(SimpleRateThrottle):
    scope = "sma_history"
    rate = "120/min"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"sma-history:{self.get_ident(request)}"


class Public(APIView):
    """Nobody of this system: its own credentials, its own form of an error."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes = [ByAddress]

    def handle_exception(self, exc: Exception) -> Response:
        status, message = _told(exc)
        if status == 500:
            logger.error("the history failed", exc_info=exc)
        return Response({"mensaje": message}, status=status)


class Auth(Public):
    def post(self, request: Request) -> Response:
        said = request.data if isinstance(request.data, dict) else {}
        token = operations.log_in(usuario=_text(said, "usuario"), password=_text(said, "password"), now=clock.now())
        return Response({"token": token}, headers={"Cache-Control": "no-store"})


class Registros(Public):
    def get(self, request: Request, uf: str, proceso: str, dispositivo: str, fecha: str) -> HttpResponse:
        credential = _logged_in(request)
        config = process_of(credential.company_rut, work_code=f"{uf}/{proceso}")
        if config is None:
            raise Forbidden("El usuario no tiene acceso a esa unidad fiscalizable o proceso")
        if not has_device(config, dispositivo):
            raise InvalidInput("El dispositivo no pertenece al proceso")
        start, end = bounds(read_day(fecha, now=clock.now()))
        body = records_body(registros(config, device=dispositivo, start=start, end=end))
        return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _logged_in(request: Request) -> HistoryCredential:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise NotAuthenticated("Falta el encabezado Authorization: Bearer <token>")
    found = credential_of(tokens.read(token, now=clock.now()))
    if found is None:
        raise NotAuthenticated("La credencial fue revocada")
    return found


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise InvalidInput("El cuerpo debe contener usuario y password, como textos")
    return value


def _told(error: Exception) -> tuple[int, str]:
    match error:
        case NoSuchDay():
            return 400, str(error)
        # "Too many" is none of the resolution's codes: who asks too often is kept out for a while.
        case exceptions.Throttled() | TooMany():
            return 403, "Demasiadas solicitudes: espere un minuto"
        case StackError() if error.status in {400, 401, 403}:
            return error.status, error.detail
        case exceptions.APIException() if 400 <= error.status_code < 500:
            return 400, "La solicitud no es válida"
    return 500, "Error interno"
