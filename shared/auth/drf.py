"""Django REST framework's side of tokens: a request's `user` is a frozen Principal."""

from datetime import timedelta
from typing import Any, ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shared import clock
from shared.auth.principal import Principal
from shared.auth.tokens import verify
from shared.errors import Forbidden, NotAuthenticated, ProofNeeded

# Long enough to read what is confirmed, too short for a screen that was left open.
PROOF_LASTS = timedelta(minutes=5)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    described_as: ClassVar[dict[str, Any]] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A person's token from `POST /api/auth/token`, ten minutes long, or a service's own.",
        }
    }

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated("La cabecera debe ser «Authorization: Bearer <token>».")
        return verify(token.strip(), now=clock.now()), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Authenticated(BasePermission):
    scope: str | None = None

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = principal_of(request)
        if self.scope is not None and not principal.has(self.scope):
            raise Forbidden(f"Se necesita el permiso «{self.scope}».")
        return True


def needs(scope: str) -> type[Authenticated]:
    """A permission class that asks for one scope."""
    return type(f"Needs_{scope.replace(':', '_')}", (Authenticated,), {"scope": scope})


def principal_of(request: Request) -> Principal:
    """Whoever asks; raises NotAuthenticated when nobody logged in."""
    if not isinstance(request.user, Principal):
        raise NotAuthenticated("Falta la cabecera «Authorization: Bearer <token>».")
    return request.user


def proved(request: Request) -> Principal:
    """Whoever asks, if the password was shown within PROOF_LASTS. Raises ProofNeeded otherwise, for services always."""
    principal = principal_of(request)
    if not principal.has_proved(within=PROOF_LASTS, now=clock.now()):
        raise ProofNeeded(
            "Confirme su identidad: entre de nuevo (POST /api/auth/token, o POST /api/auth/confirm/ en las páginas)"
            " y repita la solicitud antes de 5 minutos."
        )
    return principal
