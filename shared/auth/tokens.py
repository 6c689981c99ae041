"""Tokens: EdDSA signatures that anybody with the public keys can check without asking anyone.

People get a token from Core for ten minutes; services sign their own for a minute, `iss` the caller and `aud` the
callee. No secret is shared: a callee holds public keys only.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from django.conf import settings

from shared.auth.keys import jwks_of, key_id, read_private
from shared.auth.principal import Principal
from shared.errors import NotAuthenticated

PEOPLE_ISSUER = "core"
AUDIENCES = ["core", "telemetry", "compliance"]
SERVICE_TOKEN_LIFETIME = timedelta(seconds=60)
CLOCK_TOLERANCE = timedelta(seconds=10)
MOST_REMEMBERED = 2048


def sign_user_token(
    *,
    user_id: UUID,
    email: str,
    scopes: Iterable[str],
    points: Iterable[UUID] | None,
    now: datetime,
    lifetime: timedelta,
    proved_at: datetime | None = None,
) -> str:
    """A person's access token. `points` None means all of them. Only Core may sign these.

    `proved_at` is when the password was shown (`auth_time`, as OpenID Connect names it): refreshing does not move it.
    """
    claims: dict[str, Any] = {
        "typ": "user",
        "sub": str(user_id),
        "email": email,
        "aud": AUDIENCES,
        "scopes": sorted(scopes),
        "points": "*" if points is None else sorted(str(point) for point in points),
    }
    if proved_at is not None:
        claims["auth_time"] = int(proved_at.timestamp())
    return _sign(claims, now=now, lifetime=lifetime)


def sign_service_token(*, audience: str, now: datetime) -> str:
    claims = {"typ": "service", "sub": settings.SERVICE, "aud": audience}
    return _sign(claims, now=now, lifetime=SERVICE_TOKEN_LIFETIME)


def verify(token: str, *, now: datetime) -> Principal:
    """Who signed and sent `token`. Raises NotAuthenticated when it is not valid here and now."""
    remembered = _verified.get(token)
    if remembered is None:
        remembered = _check(token)
        if len(_verified) >= MOST_REMEMBERED:
            _verified.clear()
        _verified[token] = remembered
    principal, starts, ends = remembered
    if not starts - CLOCK_TOLERANCE <= now < ends:
        raise NotAuthenticated("El token venció o aún no es válido: pida uno nuevo.")
    return principal


def public_jwks() -> dict[str, Any]:
    """This service's public keys, as others should trust them."""
    file = Path(settings.JWKS_DIR) / f"{settings.SERVICE}.json"
    if file.exists():
        return dict(json.loads(file.read_text()))
    return jwks_of(read_private(Path(settings.SIGNING_KEY_FILE)).public_key())


# A verified token is checked again only for its time: the signature costs 0.1 ms, this a microsecond.
_verified: dict[str, tuple[Principal, datetime, datetime]] = {}


def _sign(claims: dict[str, Any], *, now: datetime, lifetime: timedelta) -> str:
    private, kid = _signing_key(str(settings.SIGNING_KEY_FILE))
    stamped = claims | {"iss": settings.SERVICE, "iat": now, "exp": now + lifetime, "jti": uuid4().hex}
    return jwt.encode(stamped, private, algorithm="EdDSA", headers={"kid": kid})


@lru_cache(maxsize=4)
def _signing_key(file: str) -> tuple[Any, str]:
    key = read_private(Path(file))
    return key, key_id(key.public_key())


def _check(token: str) -> tuple[Principal, datetime, datetime]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        claims = jwt.decode(
            token,
            _public_key(str(issuer), str(kid)),
            algorithms=["EdDSA"],
            audience=settings.SERVICE,
            issuer=str(issuer),
            # The clock may be virtual: `verify` compares the times itself.
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "require": ["exp", "iat", "aud", "sub"],
            },
        )
    except (jwt.InvalidTokenError, ValueError) as error:
        raise NotAuthenticated("El token no es válido para este servicio.") from error
    return _principal(claims), _instant(claims["iat"]), _instant(claims["exp"])


def _principal(claims: dict[str, Any]) -> Principal:
    issuer = claims["iss"]
    if claims.get("typ") == "user" and issuer == PEOPLE_ISSUER:
        points = None if claims["points"] == "*" else frozenset(UUID(point) for point in claims["points"])
        proved = _instant(claims["auth_time"]) if "auth_time" in claims else None
        return Principal("user", claims["sub"], claims["email"], frozenset(claims["scopes"]), points, proved)
    if claims.get("typ") == "service" and claims["sub"] == issuer and issuer in settings.SERVICE_SCOPES:
        return Principal("service", issuer, issuer, frozenset(settings.SERVICE_SCOPES[issuer]), None)
    raise NotAuthenticated(f"Este servicio no confía en {issuer!r} para ese tipo de token.")


def _public_key(issuer: str, kid: str) -> Any:
    key = _keys_of(issuer).get(kid)
    if key is None:
        # A key that was added since: read the file once more before saying no.
        _keys_of.cache_clear()
        key = _keys_of(issuer).get(kid)
    if key is None:
        raise NotAuthenticated("Nadie conocido firmó este token.")
    return key


@lru_cache(maxsize=16)
def _keys_of(issuer: str) -> dict[str, Any]:
    if not issuer.isalnum():
        return {}
    file = Path(settings.JWKS_DIR) / f"{issuer}.json"
    if not file.exists():
        return {}
    keys = jwt.PyJWKSet.from_dict(json.loads(file.read_text())).keys
    return {str(key.key_id): key.key for key in keys}


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)
