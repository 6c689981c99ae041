"""How often somebody may try to log in. Counted in the cache: with Redis away nobody is kept out."""

import hashlib
from typing import Any

from rest_framework.throttling import SimpleRateThrottle

from core_service.users.models import normal_email


class LogInsByAddress(SimpleRateThrottle):
    scope = "log_in_address"
    rate = "60/min"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return f"log-in:address:{_digest(self.get_ident(request))}"


class LogInsByEmail(SimpleRateThrottle):
    """By e-mail and address together: a stranger elsewhere cannot lock somebody out."""

    scope = "log_in_email"
    rate = "20/min"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        data = request.data if hasattr(request, "data") else request.POST
        email = data.get("email") or data.get("username") if hasattr(data, "get") else ""
        return f"log-in:email:{_digest(normal_email(str(email or '')))}:{_digest(self.get_ident(request))}"


class ConfirmationsByPerson(SimpleRateThrottle):
    scope = "confirm_person"
    rate = "20/min"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        # Nobody logged in: the view says so.
        return f"confirm:{request.user.pk}" if request.user else None


class RefreshesByAddress(LogInsByAddress):
    scope = "refresh_address"
    rate = "300/min"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return f"refresh:address:{_digest(self.get_ident(request))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
