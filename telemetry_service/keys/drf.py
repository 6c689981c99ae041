"""Django REST framework's side of the keys: for the views that devices push to, and for no other.

class Readings(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def post(self, request):
        holder = holder_of(request)
        with limiter().admit(holder.key_id):
            check_may_push(holder, source_id, point_id)  # or holder.may_push, for a verdict per row
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shared import clock
from shared.auth.api_keys import MARK
from shared.errors import NotAuthenticated
from telemetry_service.keys.current import directory
from telemetry_service.keys.errors import MalformedKey, NotForThisSource
from telemetry_service.keys.holder import KeyHolder
from telemetry_service.keys.metrics import counted
from telemetry_service.keys.uses import note_use

MISSING = "Falta la clave del equipo: mándela como «Authorization: Bearer stk_…» o «X-Api-Key: stk_…»."


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer stk_…` or `X-Api-Key: stk_…`. Another kind of token is left to the next class."""

    described_as: ClassVar[dict[str, Any]] = {
        "device_key": {"type": "http", "scheme": "bearer", "description": "A device's key, `stk_…`, made in Core."},
        "device_key_header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }

    def authenticate(self, request: Request) -> tuple[KeyHolder, KeyHolder] | None:
        holder = _holder_in(request.META)
        return None if holder is None else (holder, holder)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HoldsKey(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        holder_of(request)
        return True


def holder_of(request: Request) -> KeyHolder:
    """Whose key the request brings; raises NotAuthenticated where it brings none."""
    holder: Any = request.user
    if not isinstance(holder, KeyHolder):
        raise NotAuthenticated(MISSING)
    return holder


def bearer_in(meta: Mapping[str, Any]) -> KeyHolder:
    """As `holder_of`, by the WSGI headers of a request that REST framework does not wrap."""
    holder = _holder_in(meta)
    if holder is None:
        raise NotAuthenticated(MISSING)
    return holder


def check_may_push(holder: KeyHolder, source_id: UUID, point_id: UUID) -> None:
    """Raises NotForThisSource."""
    if not holder.may_push(source_id, point_id):
        raise NotForThisSource(
            f"La clave «{holder.name}» no es para la fuente {source_id}: use la clave de esa fuente, o pida que la "
            "agreguen a esta."
        )


def _holder_in(meta: Mapping[str, Any]) -> KeyHolder | None:
    text = _key_in(meta)
    if text is None:
        return None
    now = clock.now()
    with counted():
        known = directory().authenticate(text, now=now)
    note_use(known, now=now)
    return known.holder


def _key_in(meta: Mapping[str, Any]) -> str | None:
    """The key as it came, in whichever of the two headers; None where there is none."""
    scheme, _, token = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    token, given = token.strip(), meta.get("HTTP_X_API_KEY", "").strip()
    bearer = token if scheme.lower() == "bearer" and token.startswith(MARK) else ""
    if bearer and given and bearer != given:
        raise MalformedKey("Vinieron dos claves distintas, en «Authorization» y en «X-Api-Key»: mande una sola.")
    return bearer or given or None
