"""What an adapter may have besides what every adapter has, and what holds where it does not."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from telemetry_service.providers.adapters.interface import Adapter


@runtime_checkable
class Identifies(Protocol):
    """Knows when two sources are one. Without it they are where account and parameters are the same."""

    def identity(self, parsed: Any, credentials: Mapping[str, str], params: Mapping[str, str]) -> Sequence[str]:
        """The same for the same device, whichever account asks. It goes into a digest: secrets may be in it."""

    def key_as_asked(self, parsed: Any, key: str) -> str:
        """The one way in which the provider writes the key."""


@runtime_checkable
class Paced(Protocol):
    def min_period(self, parsed: Any) -> timedelta:
        """The provider forbids asking for a device more often than this."""


def origin_of(
    adapter: Adapter, parsed: Any, *, account: str, credentials: Mapping[str, str], params: Mapping[str, str]
) -> str:
    """A digest of what a source reads: see raw.Series. `account` tells accounts apart that nobody else can."""
    if isinstance(adapter, Identifies):
        said = [adapter.type, *adapter.identity(parsed, credentials, params)]
    else:
        said = [adapter.type, account, *(f"{name}={value}" for name, value in sorted(params.items()))]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def key_as_asked(adapter: Adapter, parsed: Any, key: str) -> str:
    return adapter.key_as_asked(parsed, key) if isinstance(adapter, Identifies) else key


def min_period(adapter: Adapter, parsed: Any) -> timedelta:
    return adapter.min_period(parsed) if isinstance(adapter, Paced) else timedelta(0)
