"""One request to a regulator. Whatever comes back is kept as it came; nothing here decides what it means."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import httpx

from shared.clients.outbound import guard
from shared.errors import StackError

LONGEST_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """`sent` is False when no byte can have left. `status` is None when no whole answer came."""

    sent: bool
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float, allow: list[str]) -> Exchange:
    return _send("POST", url, content=body, headers=headers, timeout_s=timeout_s, allow=allow)


def get(url: str, *, timeout_s: float, allow: list[str]) -> Exchange:
    """A question that carries no secret and changes nothing."""
    return _send("GET", url, content=b"", headers={"Accept": "application/json"}, timeout_s=timeout_s, allow=allow)


def _send(
    method: str, url: str, *, content: bytes, headers: Mapping[str, str], timeout_s: float, allow: list[str]
) -> Exchange:
    try:
        guard(url, allow=allow)
    except StackError as error:
        return Exchange(sent=False, error=error.detail)
    try:
        with _client().stream(method, url, content=content, headers=dict(headers), timeout=timeout_s) as response:
            return Exchange(True, response.status_code, _read(response), dict(response.headers))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        return Exchange(sent=False, error=type(error).__name__)
    except httpx.HTTPError as error:
        return Exchange(sent=True, error=type(error).__name__)


def _read(response: httpx.Response) -> bytes:
    content = b""
    for part in response.iter_bytes():
        content += part
        if len(content) > LONGEST_ANSWER:
            return content[:LONGEST_ANSWER]
    return content


_lock = threading.Lock()


def _client() -> httpx.Client:
    with _lock:
        return _made()


@lru_cache(maxsize=1)
def _made() -> httpx.Client:
    """One client a process, connections kept. Redirects are not followed: the bytes hold a password."""
    return httpx.Client(follow_redirects=False, trust_env=False, headers={"User-Agent": "stack-vps"})
