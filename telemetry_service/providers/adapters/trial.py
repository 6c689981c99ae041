"""A dry run of one device: what a provider is asked, what it answers, and what is read from that. Nothing is kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from shared.observability.redaction import redact
from telemetry_service.providers.adapters.interface import Account, Adapter, Ask
from telemetry_service.providers.engine.results import Failure, Poll, Reading
from telemetry_service.providers.engine.trace import Step, shown_body


@dataclass(slots=True)
class Tried:
    """What a dry run saw. `offered`: for each key, those that its device has; without it where nobody knows."""

    steps: list[Step] = field(default_factory=list)
    latest: Poll = field(default_factory=Poll)
    history: Poll = field(default_factory=Poll)
    has_history: bool = False
    offered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    without_zone: frozenset[str] = frozenset()

    @property
    def failure(self) -> Failure | None:
        return self.latest.failure or self.history.failure

    @property
    def readings(self) -> list[Reading]:
        """By key and time, each once."""
        found = {(one.key, one.device_time): one for one in (*self.history.readings, *self.latest.readings)}
        return [found[identity] for identity in sorted(found)]


@runtime_checkable
class Tries(Protocol):
    """What an adapter may have besides, to show more of a dry run than its readings."""

    async def try_out(self, account: Account, ask: Ask) -> Tried:
        """As `Session.read` would, but with every exchange. A failure is in what comes back, never raised."""


async def try_out(adapter: Adapter, account: Account, ask: Ask) -> Tried:
    """A dry run with any adapter."""
    if isinstance(adapter, Tries):
        return await adapter.try_out(account, ask)
    began = time.monotonic()
    session = adapter.open(account)
    try:
        poll = await session.read(ask)
    finally:
        await session.close()
    took = timedelta(seconds=time.monotonic() - began)
    steps = _steps(poll, took, secrets_of(adapter, account, ask))
    return Tried(steps=steps, latest=poll, has_history=session.backfill > timedelta(0))


def secrets_of(adapter: Adapter, account: Account, ask: Ask) -> list[str]:
    secret = {param.name for param in adapter.params(account.parsed) if param.secret}
    said = [*ask.params.items(), *(item for one in ask.overrides.values() for item in one.items())]
    return [*account.credentials.values(), *(value for name, value in said if name in secret)]


def _steps(poll: Poll, took: timedelta, secrets: Sequence[str]) -> list[Step]:
    """The time is that of all of them together: nobody measured each."""
    return [
        Step(redact(one.request, secrets), one.status, took, *shown_body(redact(_text(one.body), secrets)))
        for one in poll.answers
    ]


def _text(body: bytes) -> str:
    return body.decode(errors="replace")
