"""`/api/auth/`: tokens for people, and the keys by which others check them."""

from dataclasses import asdict
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_service.tokens import operations
from core_service.tokens.proof import keep_proof, proved_at
from core_service.tokens.throttles import ConfirmationsByPerson, LogInsByAddress, LogInsByEmail, RefreshesByAddress
from core_service.users.models import User
from core_service.web.serializers import DescribedSerializer
from shared import clock
from shared.auth.tokens import public_jwks
from shared.errors import Forbidden, NotAuthenticated
from shared.web.serializers import StrictSerializer

NOT_KEPT = {"Cache-Control": "no-store"}


class Credentials(DescribedSerializer):
    email = serializers.EmailField(max_length=254, help_text="un correo como nombre@empresa.cl")
    password = serializers.CharField(max_length=128, trim_whitespace=False, help_text="la contraseña, como texto")


class Holder(DescribedSerializer):
    refresh = serializers.CharField(max_length=200, help_text="el «refresh» de la última respuesta")


class Open(APIView):
    """For whoever has no token yet."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


class LogIn(Open):
    throttle_classes = [LogInsByAddress, LogInsByEmail]

    def post(self, request: Request) -> Response:
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(asdict(operations.log_in(**given.validated_data, now=clock.now())), headers=NOT_KEPT)


class Refresh(Open):
    throttle_classes = [RefreshesByAddress]

    def post(self, request: Request) -> Response:
        given = Holder(data=request.data)
        given.is_valid(raise_exception=True)
        issued = operations.refresh(secret=given.validated_data["refresh"], now=clock.now())
        return Response(asdict(issued), headers=NOT_KEPT)


class LogOut(Open):
    throttle_classes = [RefreshesByAddress]

    def post(self, request: Request) -> Response:
        given = Holder(data=request.data)
        given.is_valid(raise_exception=True)
        operations.log_out(secret=given.validated_data["refresh"], now=clock.now())
        return Response(status=204)


class PageSession(SessionAuthentication):
    """A page's session, with the page's own proof that it asks (CSRF)."""

    described_as: ClassVar[dict[str, Any]] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A page's, with X-CSRFToken."}
    }

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise Forbidden("Falta la cabecera «X-CSRFToken» de la página, o no es la suya.") from error


class SessionToken(APIView):
    """For the pages: whoever has a session gets the token that the APIs ask for, and no refresh token."""

    authentication_classes = [PageSession]
    permission_classes: list[Any] = []

    def post(self, request: Request) -> Response:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        if not isinstance(request.user, User):
            raise NotAuthenticated("No hay una sesión abierta: entre primero.")
        access = operations.access_of(request.user, proved_at=proved_at(request.session), now=clock.now())
        return Response({"access": access, "expires_in": operations.EXPIRES_IN}, headers=NOT_KEPT)


class Password(DescribedSerializer):
    password = serializers.CharField(max_length=128, trim_whitespace=False, help_text="la contraseña, como texto")


class Confirm(APIView):
    """For the pages: the password once more, before what cannot be undone. The token it gives says so."""

    authentication_classes = [PageSession]
    permission_classes: list[Any] = []
    throttle_classes = [LogInsByAddress, ConfirmationsByPerson]

    def post(self, request: Request) -> Response:
        given = Password(data=request.data)
        given.is_valid(raise_exception=True)
        if not isinstance(request.user, User):
            raise NotAuthenticated("No hay una sesión abierta: entre primero.")
        now = clock.now()
        access = operations.confirm(request.user, password=given.validated_data["password"], now=now)
        keep_proof(request.session, now)
        return Response({"access": access, "expires_in": operations.EXPIRES_IN}, headers=NOT_KEPT)


class Keys(Open):
    def get(self, request: Request) -> Response:
        return Response(public_jwks(), headers={"Cache-Control": "public, max-age=300"})
