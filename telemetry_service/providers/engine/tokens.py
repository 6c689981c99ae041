"""The token that a login gave: how long it lives, and how it is renewed once for all who wait."""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from telemetry_service.providers.engine.results import Failure, FailureClass, PollFailed
from telemetry_service.providers.engine.row import Login

# Gives a new token in place of the one that was used, or raises PollFailed.
Renew = Callable[["Token | None"], Awaitable["Token"]]


@dataclass(slots=True)
class Token:
    access: str
    refresh: str | None
    expires_at: datetime
    accepted: bool = False  # a request that carried it was let in
    refused: bool = False
    follows_useless: bool = False  # the one before was refused without ever having opened anything


class Tokens:
    """One account's token. However many requests want a new one, the provider is asked once.

    A login that was refused is not tried again: a second wrong password may lock the account. New credentials make a
    new session, and with it new tokens.
    """

    def __init__(self) -> None:
        self._token: Token | None = None
        self._renewal: asyncio.Task[Token] | None = None
        self._refused: Failure | None = None

    async def valid(self, now: datetime, renew: Renew) -> Token:
        token = self._token
        if token is not None and now < token.expires_at:
            return token
        return await self.instead_of(token, renew)

    async def instead_of(self, used: Token | None, renew: Renew) -> Token:
        """A token newer than `used`, which has run out or was refused."""
        if self._refused is not None:
            raise PollFailed(self._refused)
        if self._token is not None and self._token is not used:
            return self._token
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(used, renew))
        # Shielded: whoever started it may be called off, the others still wait for it.
        return await asyncio.shield(self._renewal)

    def refused(self, used: Token) -> None:
        """Notes a 401. PollFailed where tokens that open nothing follow each other: the next would be no better."""
        used.refused = True
        if used.follows_useless and not used.accepted:
            self._refused = Failure(FailureClass.AUTH, "el proveedor no acepta los tokens que él mismo da", 401)
            raise PollFailed(self._refused)

    def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()

    async def _renew(self, used: Token | None, renew: Renew) -> Token:
        try:
            token = await renew(used)
        except PollFailed as error:
            if error.failure.kind is FailureClass.AUTH:
                self._refused = error.failure
            raise
        token.follows_useless = used is not None and used.refused and not used.accepted
        self._token = token
        return token


def read_token(login: Login, document: Any, now: datetime) -> Token | None:
    access = login.token.first(document)
    refresh = login.refresh_token.first(document) if login.refresh_token else None
    if not isinstance(access, str) or not access:
        return None
    lives = (_expiry(access) or now + login.fallback + login.margin) - login.margin
    refresh = refresh if isinstance(refresh, str) and refresh else None
    return Token(access, refresh, max(lives, now + login.shortest))


def _expiry(token: str) -> datetime | None:
    """When a JWT ends, by its own word: we are its bearer, not its judge. None where it cannot be read."""
    try:
        claims = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return datetime.fromtimestamp(int(expires), UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None
