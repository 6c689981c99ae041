"""SMA's tokens: JWT for 24 hours, no refresh. Signed with a key of the seed's, so that a restart forgets none."""

import hashlib
from datetime import UTC, datetime, timedelta

import jwt

ALGORITHM = "HS256"
# The clock may be virtual: times are compared here.
OPTIONS = {"verify_exp": False, "verify_iat": False, "require": ["exp", "sub"]}


class NoToken(Exception):
    """`expired`: it was one."""

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__(expired)
        self.expired = expired


def make_token(seed: int, user: str, now: datetime, lifetime: timedelta) -> str:
    claims = {"sub": user, "iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
    return jwt.encode(claims, _key(seed), algorithm=ALGORITHM)


def user_of(seed: int, token: str, now: datetime) -> str:
    try:
        claims = jwt.decode(token, _key(seed), algorithms=[ALGORITHM], options=OPTIONS)  # type: ignore[arg-type]
    except jwt.InvalidTokenError as error:
        raise NoToken from error
    if datetime.fromtimestamp(claims["exp"], tz=UTC) <= now:
        raise NoToken(expired=True)
    return str(claims["sub"])


def _key(seed: int) -> bytes:
    return hashlib.blake2b(f"sma {seed}".encode(), digest_size=32).digest()
