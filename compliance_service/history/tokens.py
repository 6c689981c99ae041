"""The tokens of the history: JWT for 24 hours, without refresh (Res. 254, section 5), signed by this service.

They are for nobody else: no service takes one of them, and the history takes nobody else's.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shared.auth.keys import read_private
from shared.errors import NotAuthenticated

LIFETIME = timedelta(hours=24)
AUDIENCE = "sma-history"
# The clock may be virtual: times are compared here.
OPTIONS: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "aud", "sub"]}


def sign(credential_id: UUID, *, now: datetime) -> str:
    claims = {"sub": str(credential_id), "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, _key(str(settings.SIGNING_KEY_FILE)), algorithm="EdDSA")


def read(token: str, *, now: datetime) -> UUID:
    """The credential that it was given for. Raises NotAuthenticated."""
    public = _key(str(settings.SIGNING_KEY_FILE)).public_key()
    try:
        claims = jwt.decode(token, public, algorithms=["EdDSA"], audience=AUDIENCE, options=OPTIONS)
        credential_id = UUID(claims["sub"])
        ends = datetime.fromtimestamp(claims["exp"], tz=UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise NotAuthenticated("El token no es válido") from error
    if now >= ends:
        raise NotAuthenticated("El token expiró: autentíquese nuevamente")
    return credential_id


@lru_cache(maxsize=4)
def _key(file: str) -> Ed25519PrivateKey:
    return read_private(Path(file))
