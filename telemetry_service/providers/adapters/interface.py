"""The one interface of every provider type: what an adapter is asked for, and what it gives back.

An adapter that comes in a package of its own imports from `telemetry_service.providers.adapters` and from nowhere else
of this system. docs/providers.md walks through one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from telemetry_service.providers.engine.results import Poll, Reading
from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.turns import Gate, Pause


@dataclass(frozen=True, slots=True)
class Account:
    """What a session is opened with. `parsed` is what the adapter's own `parse` gave.

    `allow`: hosts that may be private (see shared.clients.outbound.guard). `gate` and `pause` are for `Turns`, which
    bounds the exchanges of this account and of all accounts together.
    """

    id: UUID
    parsed: Any
    credentials: Mapping[str, str] = field(repr=False)
    allow: frozenset[str]
    gate: Gate
    pause: Pause


@dataclass(frozen=True, slots=True)
class Ask:
    """One device, and from when on each of its keys is wanted; `end` lies a little ahead of `now`. Aware UTC.

    `params` are the source's own, secret ones included. `overrides` says what single keys need instead.
    """

    params: Mapping[str, str] = field(repr=False)
    starts: Mapping[str, datetime]
    end: datetime
    now: datetime
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def by_params(self) -> list["Ask"]:
        """The same as several asks, each of keys that share all of their parameters."""
        if not self.overrides and self.starts:
            return [self]
        groups: dict[tuple[tuple[str, str], ...], dict[str, datetime]] = {}
        for key, start in self.starts.items():
            said = {**self.params, **self.overrides.get(key, {})}
            groups.setdefault(tuple(sorted(said.items())), {})[key] = start
        return [Ask(dict(said), starts, self.end, self.now) for said, starts in groups.items()]


class Session(Protocol):
    """An open account. Lives on one event loop, and as long as the account's configuration and credentials.

    `concurrency`: how many reads at once the account stands. `lookback`: how much earlier than its last reading a key
    is asked for again, as readings may arrive late. `backfill`: how far back a new source reaches.
    """

    concurrency: int
    lookback: timedelta
    backfill: timedelta

    async def read(self, ask: Ask) -> Poll:
        """What the provider has. A failure is in the poll, never raised, and never a number.

        `Poll.searched` says until when each key is complete: `ask.end`, or earlier where the past is longer than one
        read should take: the rest is asked for again at once.
        """

    async def close(self) -> None: ...


class Adapter(Protocol):
    """A provider type. Stateless: one object serves every account."""

    type: str

    def parse(self, config: Mapping[str, Any]) -> Any:
        """The account's configuration, checked. InvalidInput names the wrong key and what would be right."""

    def credentials(self, parsed: Any) -> frozenset[str]:
        """The names of what an account must keep secret."""

    def params(self, parsed: Any) -> Sequence[Param]:
        """What a source must say about itself."""

    def open(self, account: Account) -> Session:
        """Called on the loop that the session then lives on. Does not speak with the provider yet."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A read may reach back so far: `window` at most at once; `keeps` None where nobody knows an end."""

    window: timedelta
    keeps: timedelta | None = None


@runtime_checkable
class Remembers(Protocol):
    """What an adapter has besides whose provider can be asked for its past: gaps are searched for there."""

    def memory(self, parsed: Any) -> Memory | None:
        """None where this account's configuration has no way to ask for it."""


@dataclass(frozen=True, slots=True)
class Device:
    """A source that is listened to: which keys of it are wanted, and what is said about it."""

    source_id: UUID
    keys: frozenset[str]
    params: Mapping[str, str] = field(repr=False)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a device, as it came, and what it says."""

    source_id: UUID
    readings: Sequence[Reading]
    body: bytes = field(repr=False)
    received_at: datetime


# Comes back when the rows are committed: only then may the message be acknowledged.
Emit = Callable[[Heard], Awaitable[None]]


@runtime_checkable
class Streams(Protocol):
    """What an adapter of a provider that speaks by itself has besides: MQTT, WEBSOCKET."""

    async def stream(self, account: Account, devices: Sequence[Device], emit: Emit) -> None:
        """Listens until cancelled, and raises PollFailed where it cannot go on; whoever runs it comes back later."""
