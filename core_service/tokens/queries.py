"""Finds the token that somebody holds."""

import hashlib

from core_service.tokens.models import RefreshToken


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_token(secret: str) -> RefreshToken | None:
    """The stored token with its family and person, whatever its state."""
    return RefreshToken.objects.select_related("family__user").filter(digest=digest_of(secret)).first()
