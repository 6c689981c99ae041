"""An open account: one channel, and reads page by page."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no types

from telemetry_service.providers.adapters import (
    Account,
    Answer,
    Ask,
    Failure,
    FailureClass,
    ForbiddenAddress,
    Poll,
    PollFailed,
    Turns,
    Unreachable,
    guard,
    resolve,
)

from .answers import BadAnswer, read_answer

METHOD = "/telemetry.Readings/Read"
PAGE, MOST_PAGES = 1000, 200
DEADLINE_S = 30.0
MOST_BYTES = 5_000_000
KINDS = {
    grpc.StatusCode.UNAUTHENTICATED: FailureClass.AUTH,
    grpc.StatusCode.PERMISSION_DENIED: FailureClass.AUTH,
    grpc.StatusCode.NOT_FOUND: FailureClass.CONFIG,
    grpc.StatusCode.INVALID_ARGUMENT: FailureClass.CONFIG,
    grpc.StatusCode.UNIMPLEMENTED: FailureClass.CONFIG,
    grpc.StatusCode.RESOURCE_EXHAUSTED: FailureClass.RATE_LIMITED,
}


class GrpcSession:
    concurrency = 4
    lookback = timedelta(hours=2)
    backfill = timedelta(days=7)

    def __init__(self, host: str, port: int, *, tls: bool, account: Account) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._token, self._allow = account.credentials["token"], account.allow
        self._turns = Turns(account.gate, per_second=5, concurrency=self.concurrency, pause=account.pause)
        self._channel: Any = None

    async def read(self, ask: Ask) -> Poll:
        poll = Poll()
        try:
            for group in ask.by_params():
                await self._read_device(group, poll)
        except PollFailed as error:
            poll.failure = error.failure
        return poll

    async def close(self) -> None:
        if self._channel is not None:
            self._channel.close()

    async def _read_device(self, ask: Ask, poll: Poll) -> None:
        """All pages: each begins at the last time of the one before, whose rows then come again and count once."""
        start, seen = min(ask.starts.values()), set()
        for _ in range(MOST_PAGES):
            said = {"device": ask.params["device"], "keys": sorted(ask.starts), "limit": PAGE}
            said |= {"start": start.isoformat(), "end": ask.end.isoformat()}
            body = await self._call(said, poll)
            try:
                page, more = read_answer(body, len(poll.answers) - 1)
            except BadAnswer as error:
                raise PollFailed(Failure(FailureClass.PARSE, str(error))) from error
            fresh = [one for one in page if one.key in ask.starts and (one.key, one.device_time) not in seen]
            seen |= {(one.key, one.device_time) for one in fresh}
            poll.readings += [one for one in fresh if ask.starts[one.key] <= one.device_time < ask.end]
            if not more:
                poll.searched |= dict.fromkeys(ask.starts, ask.end)
                return
            if not fresh:
                raise PollFailed(Failure(FailureClass.CONFIG, "la página siguiente no trae nada nuevo"))
            start = max(one.device_time for one in page)
        poll.searched |= dict.fromkeys(ask.starts, start)  # the rest is asked for again at once

    async def _call(self, said: dict[str, Any], poll: Poll) -> bytes:
        poll.requests += 1
        poll.last_request = shown = f"{METHOD} {json.dumps(said)}"
        async with self._turns.one():
            # In a thread: the loop is shared by all accounts.
            body = await asyncio.to_thread(self._send, json.dumps(said).encode())
        poll.answers.append(Answer(shown, 200, body))
        return body

    def _send(self, request: bytes) -> bytes:
        try:
            if self._channel is None:
                self._channel = self._connect()
            # Without serialisers the bytes go as they are.
            call = self._channel.unary_unary(METHOD)
            answer: bytes = call(request, timeout=DEADLINE_S, metadata=[("authorization", f"Bearer {self._token}")])
        except ForbiddenAddress as error:
            raise PollFailed(Failure(FailureClass.CONFIG, error.detail)) from None
        except Unreachable as error:
            raise PollFailed(Failure(FailureClass.TRANSIENT, error.detail)) from None
        except grpc.RpcError as error:
            raise PollFailed(self._failure(error)) from None
        return answer

    def _connect(self) -> Any:
        """To the very address that the guard saw: a name that resolves to something else later gains nothing."""
        scheme, found = ("https" if self._tls else "http"), resolve(self._host, self._port)
        guard(f"{scheme}://{self._host}:{self._port}", allow=self._allow, resolver=lambda *_: found)
        address = f"[{found[0]}]" if ":" in found[0] else found[0]
        options: list[tuple[str, Any]] = [
            ("grpc.default_authority", self._host),
            ("grpc.max_receive_message_length", MOST_BYTES),
            ("grpc.enable_http_proxy", 0),
        ]
        if not self._tls:
            return grpc.insecure_channel(f"{address}:{self._port}", options=options)
        options.append(("grpc.ssl_target_name_override", self._host))
        return grpc.secure_channel(f"{address}:{self._port}", grpc.ssl_channel_credentials(), options=options)

    def _failure(self, error: Any) -> Failure:
        """What the service says may hold the token that it was sent."""
        code = error.code()
        message = f"{code.name}: {error.details()}"[:300].replace(self._token, "***")
        return Failure(KINDS.get(code, FailureClass.TRANSIENT), message, wait_s=_wait_s(error))


def _wait_s(error: Any) -> float | None:
    said = dict(error.trailing_metadata() or ()).get("retry-after", "")
    return float(said) if isinstance(said, str) and said.isdecimal() else None
