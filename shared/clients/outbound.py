"""Where a request to the outside may go: a guard against being used to reach our own network (SSRF)."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from shared.errors import Refused, Unreachable

Resolve = Callable[[str, int], list[str]]
PORTS = {"http": 80, "https": 443}


class ForbiddenAddress(Refused):
    """The address is one that this system does not speak to."""

    code, title = "forbidden_address", "Dirección no permitida"


def resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"no se encuentra {host}") from error
    return [str(entry[4][0]) for entry in found]


def guard(url: str, *, allow: Iterable[str], resolver: Resolve = resolve) -> None:
    """Raises ForbiddenAddress unless a request to `url` may leave.

    Public addresses need https. Hosts in `allow` may be private and plain http. While the clock is virtual only this
    machine is spoken to: a replayed day must never reach a real provider or regulator.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in PORTS or not host:
        raise ForbiddenAddress("la dirección debe ser http(s)://servidor/…")
    addresses = [ipaddress.ip_address(text) for text in resolver(host, parts.port or PORTS[parts.scheme])]
    if os.environ.get("STACK_CLOCK_FILE") and not all(address.is_loopback for address in addresses):
        raise ForbiddenAddress(f"con el reloj virtual solo se habla con esta máquina, no con {host}")
    if host in {item.lower() for item in allow}:
        return
    if parts.scheme != "https":
        raise ForbiddenAddress(f"{host} necesita https, o estar en OUTBOUND_ALLOW")
    if not all(address.is_global for address in addresses):
        raise ForbiddenAddress(f"{host} es una dirección privada: agréguela a OUTBOUND_ALLOW si es correcta")
