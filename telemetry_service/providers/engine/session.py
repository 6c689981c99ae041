"""An account's session with its provider: connections, the login token, one request with its retries."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from shared.observability.redaction import MASK, redact
from telemetry_service.providers.engine.results import Answer, Failure, FailureClass, PollFailed
from telemetry_service.providers.engine.row import Login, Request, Row
from telemetry_service.providers.engine.templates import BadTemplate, Values
from telemetry_service.providers.engine.tokens import Renew, Token, Tokens, read_token
from telemetry_service.providers.engine.trace import Step, Trace, shown_body
from telemetry_service.providers.engine.transport import Exchange
from telemetry_service.providers.engine.verdict import Reply, Verdict, judge
from telemetry_service.providers.turns import Gate, Pause, Turns

# A provider that echoes a secret may do so in the form in which it stands in a URL or in JSON.
WAYS_TO_WRITE: tuple[Callable[[str], str], ...] = (
    lambda text: quote(text, safe=""),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
)


class AccountSession:
    """One an account, kept as long as the account's row and credentials stay the same. Of one event loop."""

    def __init__(
        self,
        row: Row,
        credentials: Mapping[str, str],
        *,
        gate: Gate,
        allow: Iterable[str] = (),
        pause: Pause = asyncio.sleep,
        trace: Trace | None = None,
    ) -> None:
        self.row = row
        self._trace = trace
        self._hidden = row.secret_params
        self._credentials = dict(credentials)
        limits = row.limits
        turns = Turns(gate, per_second=limits.per_second, concurrency=limits.concurrency, pause=pause)
        self._exchange = Exchange(row.base_url, limits=limits, allow=allow, allow_http=row.allow_http, turns=turns)
        self.places = asyncio.Semaphore(limits.concurrency)
        self._pause = pause
        self._tokens = Tokens()

    async def read(self, request: Request, values: Values, *, shown: str, now: datetime) -> tuple[Any, Answer]:
        """The answer's document (NO_DATA where there is none) and the answer itself. Raises PollFailed.

        `shown` is the request as `describe` gives it.
        """
        for pause in (*self.row.limits.backoff_s, None):
            try:
                document, reply = await self._read_once(request, values, now)
                return document, Answer(shown, reply.status, reply.body)
            except PollFailed as error:
                if pause is None or not _worth_another_try(error.failure, pause):
                    raise
            await self._pause(pause * (1 + self.row.limits.jitter * random.random()))  # noqa: S311 jitter, no secret
        raise AssertionError("the last try returns or raises")

    def describe(self, request: Request, values: Values) -> str:
        """The request as it may be shown: every secret masked by its place, not by looking for it."""
        masked = {
            **values,
            "cred": dict.fromkeys(self._credentials, MASK),
            "session": {"token": MASK, "refresh": MASK},
            "point": {name: MASK if name in self._hidden else value for name, value in _of(values, "point")},
        }
        try:
            query = "&".join(f"{name}={template.render(masked)}" for name, template in request.query)
            path = request.path.render(masked, quoted=True).replace(quote(MASK, safe=""), MASK)
        except BadTemplate as error:
            raise PollFailed(Failure(FailureClass.CONFIG, str(error))) from None
        return f"{request.method} {self.row.base_url}{path}{'?' if query else ''}{query}"

    async def access(self, now: datetime, *, instead_of: str = "") -> str:
        """The login's token, for another way to the same provider: a newer one than `instead_of`. Raises PollFailed."""
        login = self.row.auth.login
        if login is None:
            raise PollFailed(Failure(FailureClass.CONFIG, "la cuenta no hace login"))
        renew = self._renewal(login, {}, now)
        token = await self._tokens.valid(now, renew)
        if token.access == instead_of:
            token = await self._tokens.instead_of(token, renew)
        return token.access

    async def close(self) -> None:
        self._tokens.close()
        await self._exchange.close()

    async def _read_once(self, request: Request, values: Values, now: datetime) -> tuple[Any, Reply]:
        verdict, reply = await self._authorised(request, values, now)
        if verdict.failure is not None:
            raise PollFailed(verdict.failure)
        return verdict.document, reply

    async def _authorised(self, request: Request, values: Values, now: datetime) -> tuple[Verdict, Reply]:
        """Asks with the account's token, and once more with a new one where the provider wants that."""
        login = self.row.auth.login
        if login is None:
            return await self._ask(request, values, None, now)

        renew = self._renewal(login, values, now)
        token = await self._tokens.valid(now, renew)
        verdict, reply = await self._ask(request, values, token, now)
        if verdict.refresh:
            self._tokens.refused(token)
            token = await self._tokens.instead_of(token, renew)
            verdict, reply = await self._ask(request, values, token, now)
        token.accepted = token.accepted or not verdict.refresh
        return verdict, reply

    def _renewal(self, login: Login, values: Values, now: datetime) -> Renew:
        async def renew(used: Token | None) -> Token:
            return await self._refreshed(login, used, values, now) or await self._logged_in(login, values, now)

        return renew

    async def _ask(
        self, request: Request, values: Values, token: Token | None, now: datetime, *, authorised: bool = True
    ) -> tuple[Verdict, Reply]:
        """`authorised`: with the account's credential. Logging in and refreshing go without: it may have expired."""
        session = {"token": token.access, "refresh": token.refresh} if token else {}
        scope = {**values, "cred": self._credentials, "session": session}
        try:
            url, content = self._content(request, scope, authorised=authorised)
        except BadTemplate as error:
            raise PollFailed(Failure(FailureClass.CONFIG, str(error))) from None
        reply = await self._exchanged(request, url, content, scope, is_login=not authorised)
        return judge(self.row, reply, now=now, redact=lambda text: redact(text, self._secrets(scope))), reply

    async def _exchanged(
        self, request: Request, url: str, content: dict[str, Any], scope: Values, *, is_login: bool
    ) -> Reply:
        if self._trace is None:
            return await self._exchange.send(request.method, url, **content)
        shown, began = self.describe(request, scope), time.monotonic()
        try:
            reply = await self._exchange.send(request.method, url, **content)
        except PollFailed as error:
            took = timedelta(seconds=time.monotonic() - began)
            self._trace(Step(shown, error.failure.status, took, error.failure.message, is_login))
            raise
        took = timedelta(seconds=time.monotonic() - began)
        text = "" if is_login else redact(reply.body.decode(errors="replace"), self._secrets(scope))
        body, is_cut = shown_body(text)
        self._trace(Step(shown, reply.status, took, body, is_login, is_cut))
        return reply

    def _content(self, request: Request, scope: Values, *, authorised: bool) -> tuple[str, dict[str, Any]]:
        query = [(name, template.render(scope)) for name, template in request.query]
        headers = {name: template.render(scope) for name, template in request.headers}
        content: dict[str, Any] = {"headers": headers}
        apply, basic = self.row.auth.apply, self.row.auth.basic
        if apply is not None and authorised:
            (headers.__setitem__ if apply.place == "header" else lambda *item: query.append(item))(
                apply.name, apply.value.render(scope)
            )
        if basic is not None:
            content["auth"] = (basic[0].render(scope), basic[1].render(scope))
        if request.body is not None:
            content["json"] = {name: template.render(scope) for name, template in request.body.members}
        url = self.row.base_url + request.path.render(scope, quoted=True)
        return f"{url}?{urlencode(query)}" if query else url, content

    async def _refreshed(self, login: Login, used: Token | None, values: Values, now: datetime) -> Token | None:
        if login.refresh is None or used is None or not used.refresh:
            return None
        verdict, _ = await self._ask(login.refresh, values, used, now, authorised=False)
        return None if verdict.failure else read_token(login, verdict.document, now)

    async def _logged_in(self, login: Login, values: Values, now: datetime) -> Token:
        verdict, reply = await self._ask(login.login, values, None, now, authorised=False)
        if verdict.failure is not None:
            raise PollFailed(verdict.failure)
        token = read_token(login, verdict.document, now)
        if token is None:
            raise PollFailed(Failure(FailureClass.PARSE, "la respuesta al login no trae el token", reply.status))
        return token

    def _secrets(self, scope: Values) -> list[str]:
        secrets = [*(value for _, value in _of(scope, "cred")), *(value for _, value in _of(scope, "session"))]
        secrets += [value for name, value in _of(scope, "point") if name in self._hidden]
        plain = [str(value) for value in secrets if value]
        written = [way(value) for value in plain for way in WAYS_TO_WRITE]
        return [*plain, *written]


def _worth_another_try(failure: Failure, pause: float) -> bool:
    """A provider that says how long to wait is not asked before."""
    return failure.kind is FailureClass.TRANSIENT and (failure.wait_s is None or failure.wait_s <= pause)


def _of(values: Values, namespace: str) -> Iterable[tuple[str, Any]]:
    return values.get(namespace, {}).items()
