"""Reading and writing ask for different scopes."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from shared.auth.drf import needs

READ, WRITE = needs("core:read"), needs("core:write")


class ReadOrWrite(BasePermission):
    """`core:read` to look, `core:write` to change."""

    def has_permission(self, request: Request, view: Any) -> bool:
        asked = READ if request.method in SAFE_METHODS else WRITE
        return asked().has_permission(request, view)
