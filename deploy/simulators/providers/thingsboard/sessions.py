"""ThingsBoard's tokens: JWT HS512, on the simulator's clock."""

import hashlib
from datetime import datetime, timedelta

import jwt

from deploy.simulators.scenario import Lifetimes

DEFAULT = Lifetimes()
ISSUER = "thingsboard.io"


class NotOurs(Exception):
    pass


class Expired(Exception):
    pass


class Sessions:
    def __init__(self, seed: str, lifetimes: Lifetimes = DEFAULT) -> None:
        self.lifetimes = lifetimes
        # From the seed, so that a token outlives a restart as it does with the real service.
        self._secret = hashlib.sha512(seed.encode()).digest()

    def open(self, name: str, now: datetime) -> dict[str, str]:
        return {
            "token": self._sign(name, "TENANT_ADMIN", now, self.lifetimes.access),
            "refreshToken": self._sign(name, "REFRESH_TOKEN", now, self.lifetimes.refresh),
        }

    def check(self, token: str, now: datetime, *, scope: str) -> str:
        """The user's name. The library's own check of `exp` reads the system clock, so it is ours here."""
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=["HS512"], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.InvalidTokenError:
            raise NotOurs from None
        if scope not in claims["scopes"]:
            raise NotOurs
        if claims["exp"] <= now.timestamp():
            raise Expired
        return str(claims["sub"])

    def _sign(self, name: str, scope: str, now: datetime, lifetime: timedelta) -> str:
        issued = int(now.timestamp())
        claims = {
            "sub": name,
            "userId": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
            "scopes": [scope],
            "sessionId": f"{issued}",
            "iss": ISSUER,
            "iat": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "enabled": True,
            "isPublic": False,
        }
        return jwt.encode(claims, self._secret, algorithm="HS512")
