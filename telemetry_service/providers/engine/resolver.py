"""Names to addresses, guarded: what connects uses the very addresses that were looked at, and no others."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from shared.clients.outbound import guard, resolve

PORTS = {"http": 80, "https": 443}


class GuardedResolver(AbstractResolver):
    """The resolver of an account's connections to one origin. Raises ForbiddenAddress or Unreachable.

    A name that resolves to something else later gains nothing: an open connection stays where it is, and a new one is
    looked at again.
    """

    def __init__(self, base_url: str, *, allow: Iterable[str], allow_http: bool) -> None:
        self._base: SplitResult = urlsplit(base_url)
        # The row may allow plain http to a public host; what is private stays forbidden either way.
        self._scheme = "https" if allow_http else self._base.scheme
        self._allow = frozenset(allow)
        self._looked = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        # In a thread: one provider's dead name server must not hold the others up.
        addresses = await asyncio.get_running_loop().run_in_executor(None, resolve, host, port)
        self._look(host, port, addresses)
        return [_result(host, port, address) for address in dict.fromkeys(addresses)]

    def look(self) -> None:
        """As `resolve`, for a base URL whose host is an address already: such a connection asks no resolver."""
        if self._looked:
            return
        host = self._base.hostname or ""
        if _is_address(host):
            self._look(host, self._base.port or PORTS[self._base.scheme], [host])
        self._looked = True

    async def close(self) -> None:
        """Holds nothing."""

    def _look(self, host: str, port: int, addresses: Sequence[str]) -> None:
        shown = f"[{host}]" if ":" in host else host
        guard(f"{self._scheme}://{shown}:{port}", allow=self._allow, resolver=lambda *_: list(addresses))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=numeric)
