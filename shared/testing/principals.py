"""Tokens and clients for tests: what a person or a service would hold."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from rest_framework.test import APIClient

from shared import clock
from shared.auth.keys import key_id, read_private
from shared.auth.tokens import AUDIENCES

READ = ("core:read", "telemetry:read", "compliance:read")
EVERYTHING = (*READ, "core:write", "telemetry:write", "compliance:write")


def user_token(
    *,
    scopes: Iterable[str] = EVERYTHING,
    points: Iterable[UUID] | None = None,
    email: str = "ops@example.cl",
    proved_at: datetime | None = None,
) -> str:
    """An access token as Core would sign it. `points` None means all; `proved_at`: when the password was shown."""
    claims: dict[str, Any] = {
        "typ": "user",
        "sub": str(uuid4()),
        "email": email,
        "aud": AUDIENCES,
        "scopes": sorted(scopes),
        "points": "*" if points is None else [str(point) for point in points],
    }
    if proved_at is not None:
        claims["auth_time"] = int(proved_at.timestamp())
    return _sign("core", claims)


def service_token(issuer: str, audience: str | None = None) -> str:
    """A token as the service `issuer` would sign it for `audience`, by default the service under test."""
    return _sign(issuer, {"typ": "service", "sub": issuer, "aud": audience or settings.SERVICE})


def api_client(token: str | None = None) -> APIClient:
    client = APIClient()
    if token:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def _sign(issuer: str, claims: dict[str, Any]) -> str:
    key = read_private(settings.SIGNING_KEY_FILE.parent / f"{issuer}.key")
    now = clock.now()
    stamped = claims | {"iss": issuer, "iat": now, "exp": now + timedelta(minutes=10), "jti": uuid4().hex}
    return jwt.encode(stamped, key, algorithm="EdDSA", headers={"kid": key_id(key.public_key())})
