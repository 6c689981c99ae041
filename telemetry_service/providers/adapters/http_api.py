"""HTTP_API: any HTTP provider as a configuration row, `http-poll/1` (see engine/)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from telemetry_service.providers.adapters.http_trial import try_row
from telemetry_service.providers.adapters.interface import Account, Ask, Memory
from telemetry_service.providers.adapters.trial import Tried
from telemetry_service.providers.engine.identity import identity, key_as_asked
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.poller import STOPS, read_history, read_latest
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll, Reason
from telemetry_service.providers.engine.row import Param, Row
from telemetry_service.providers.engine.session import AccountSession

NOT_FOUND = 404


class HttpApi:
    type = "HTTP_API"

    def parse(self, config: Mapping[str, Any]) -> Row:
        return parse_row(config)

    def credentials(self, parsed: Row) -> frozenset[str]:
        return parsed.credentials

    def params(self, parsed: Row) -> Sequence[Param]:
        return parsed.params

    def memory(self, parsed: Row) -> Memory | None:
        history = parsed.history
        return Memory(history.most_window, history.keeps) if history else None

    def open(self, account: Account) -> "HttpSession":
        session = AccountSession(
            account.parsed, account.credentials, gate=account.gate, allow=account.allow, pause=account.pause
        )
        return HttpSession(session)

    async def try_out(self, account: Account, ask: Ask) -> Tried:
        tried = await try_row(account, ask)
        _doubted(tried.latest, ask)
        return tried

    def identity(self, parsed: Row, credentials: Mapping[str, str], params: Mapping[str, str]) -> Sequence[str]:
        return identity(parsed, credentials, params)

    def key_as_asked(self, parsed: Row, key: str) -> str:
        return key_as_asked(parsed, key)

    def min_period(self, parsed: Row) -> timedelta:
        return parsed.limits.min_period


class HttpSession:
    def __init__(self, session: AccountSession) -> None:
        self._session = session
        row = session.row
        # A tenth more reads than exchanges, which the session bounds: while an answer is read, its place is another's.
        self.concurrency: int = row.limits.concurrency + row.limits.concurrency // 10
        self.lookback: timedelta = row.lookback
        self.backfill: timedelta = row.backfill

    async def read(self, ask: Ask) -> Poll:
        poll = Poll()
        for group in ask.by_params():
            poll.add(await self._read_group(group))
            if poll.failure is not None and poll.failure.kind in STOPS:
                break
        return _doubted(poll, ask)

    async def close(self) -> None:
        await self._session.close()

    async def _read_group(self, ask: Ask) -> Poll:
        if self._session.row.history is not None:
            return await read_history(self._session, params=ask.params, starts=ask.starts, end=ask.end, now=ask.now)
        poll = await read_latest(self._session, params=ask.params, keys=list(ask.starts), now=ask.now)
        poll.searched = dict.fromkeys(poll.searched, ask.end)  # there is no more to be had
        return poll


def _doubted(poll: Poll, ask: Ask) -> Poll:
    """thethings.iO says 404 for a key that has no value yet, and for a token that it does not know."""
    if ask.starts and poll.failure is None and poll.unknown == set(ask.starts):
        message = "el proveedor no conoce ninguna de las claves: revise el token y las claves"
        poll.failure = Failure(FailureClass.CONFIG, message, NOT_FOUND, reason=Reason.UNKNOWN)
        poll.searched.clear()
    return poll
