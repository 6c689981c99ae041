"""An account's session with its provider: connections, the login token, one request with its retries."""

import base64
import binascii
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.observability.redaction import MASK, redact
from telemetry_service.providers.engine.results import Answer, Failure, FailureClass, PollFailed
from telemetry_service.providers.engine.row import Login, Request, Row
from telemetry_service.providers.engine.templates import BadTemplate, Values
from telemetry_service.providers.engine.transport import Exchange
from telemetry_service.providers.engine.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Token:
    access: str
    refresh: str | None
    expires_at: datetime


class AccountSession:
    """Thread-safe. One an account, kept as long as the account's row and credentials stay the same."""

    def __init__(
        self,
        row: Row,
        credentials: Mapping[str, str],
        *,
        allow: Iterable[str] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.row = row
        self._credentials = dict(credentials)
        self._exchange = Exchange(limits=row.limits, allow=allow, allow_http=row.allow_http, sleep=sleep)
        self._sleep = sleep
        self._token: Token | None = None
        self._renewal = threading.Lock()

    def read(self, request: Request, values: Values, *, now: datetime) -> tuple[Any, Answer]:
        """The answer's document (NO_DATA where there is none) and the answer itself. Raises PollFailed."""
        for pause in (*self.row.limits.backoff_s, None):
            try:
                return self._read_once(request, values, now)
            except PollFailed as error:
                if pause is None or error.failure.kind is not FailureClass.TRANSIENT:
                    raise
            self._sleep(pause * (1 + self.row.limits.jitter * random.random()))  # noqa: S311 jitter, no secret
        raise AssertionError("the last try returns or raises")

    def describe(self, request: Request, values: Values) -> str:
        """The request as it may be shown: every secret masked by its place, not by looking for it."""
        masked = {
            **values,
            "cred": dict.fromkeys(self._credentials, MASK),
            "session": {"token": MASK, "refresh": MASK},
            "point": {name: MASK if name in self.row.secret_params else value for name, value in _of(values, "point")},
        }
        try:
            query = "&".join(f"{name}={template.render(masked)}" for name, template in request.query)
            path = request.path.render(masked, quoted=True).replace(quote(MASK, safe=""), MASK)
        except BadTemplate as error:
            raise PollFailed(Failure(FailureClass.CONFIG, str(error))) from None
        return f"{request.method} {self.row.base_url}{path}{'?' if query else ''}{query}"

    def close(self) -> None:
        self._exchange.close()

    def _read_once(self, request: Request, values: Values, now: datetime) -> tuple[Any, Answer]:
        token = self._valid_token(values, now)
        verdict, answer = self._ask(request, values, token, authorised=True)
        if verdict.refresh and token is not None:
            verdict, answer = self._ask(request, values, self._renew(token, values, now), authorised=True)
        if verdict.failure is not None:
            raise PollFailed(verdict.failure)
        return verdict.document, answer

    def _ask(
        self, request: Request, values: Values, token: Token | None, *, authorised: bool
    ) -> tuple[Verdict, Answer]:
        """`authorised`: with the account's credential. Logging in and refreshing go without: it may have expired."""
        session = {"token": token.access, "refresh": token.refresh} if token else {}
        scope = {**values, "cred": self._credentials, "session": session}
        try:
            url = self.row.base_url + request.path.render(scope, quoted=True)
            content = self._content(request, scope, authorised=authorised)
            shown = self.describe(request, values)
        except BadTemplate as error:
            raise PollFailed(Failure(FailureClass.CONFIG, str(error))) from None
        reply = self._exchange.send(request.method, url, **content)
        verdict = judge(self.row, reply, redact=lambda text: redact(text, self._secrets(scope)))
        return verdict, Answer(shown, reply.status, reply.body)

    def _content(self, request: Request, scope: Values, *, authorised: bool) -> dict[str, Any]:
        query = [(name, template.render(scope)) for name, template in request.query]
        headers = {name: template.render(scope) for name, template in request.headers}
        content: dict[str, Any] = {"params": query, "headers": headers}
        apply, basic = self.row.auth.apply, self.row.auth.basic
        if apply is not None and authorised:
            (headers.__setitem__ if apply.place == "header" else lambda *item: query.append(item))(
                apply.name, apply.value.render(scope)
            )
        if basic is not None:
            content["auth"] = (basic[0].render(scope), basic[1].render(scope))
        if request.body is not None:
            content["json"] = {name: template.render(scope) for name, template in request.body.members}
        return content

    def _valid_token(self, values: Values, now: datetime) -> Token | None:
        if self.row.auth.login is None:
            return None
        token = self._token
        if token is not None and now < token.expires_at:
            return token
        return self._renew(token, values, now)

    def _renew(self, used: Token | None, values: Values, now: datetime) -> Token:
        """A new token in place of `used`; whoever waited for another's renewal takes that one."""
        login = self.row.auth.login
        assert login is not None  # noqa: S101 only a row that logs in has a token to renew
        with self._renewal:
            if self._token is not None and self._token is not used:
                return self._token
            self._token = self._refreshed(login, used, values, now) or self._logged_in(login, values, now)
            return self._token

    def _refreshed(self, login: Login, used: Token | None, values: Values, now: datetime) -> Token | None:
        if login.refresh is None or used is None or not used.refresh:
            return None
        verdict, _ = self._ask(login.refresh, values, used, authorised=False)
        return None if verdict.failure else _token(login, verdict.document, now)

    def _logged_in(self, login: Login, values: Values, now: datetime) -> Token:
        verdict, answer = self._ask(login.login, values, None, authorised=False)
        if verdict.failure is not None:
            raise PollFailed(verdict.failure)
        token = _token(login, verdict.document, now)
        if token is None:
            raise PollFailed(Failure(FailureClass.PARSE, "la respuesta al login no trae el token", answer.status))
        return token

    def _secrets(self, scope: Values) -> list[str]:
        secrets = [*(value for _, value in _of(scope, "cred")), *(value for _, value in _of(scope, "session"))]
        secrets += [value for name, value in _of(scope, "point") if name in self.row.secret_params]
        plain = [str(value) for value in secrets if value]
        return [*plain, *(quote(value, safe="") for value in plain)]


def _of(values: Values, namespace: str) -> Iterable[tuple[str, Any]]:
    return values.get(namespace, {}).items()


def _token(login: Login, document: Any, now: datetime) -> Token | None:
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
