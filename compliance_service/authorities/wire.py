"""One request to a regulator. Whatever comes back is kept as it came; nothing here decides what it means.

`http.client` below, with connections kept: a request costs a fifth of the processor's time that httpx takes for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, IncompleteRead

from compliance_service.authorities.connections import CannotConnect, Line, lend
from shared.errors import StackError

LONGEST_ANSWER = 256 * 1024
USER_AGENT = {"User-Agent": "stack-vps"}


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
        line = lend(url, timeout_s=timeout_s, allow=allow)
    except StackError as error:
        return Exchange(sent=False, error=error.detail)
    except CannotConnect as error:
        return Exchange(sent=False, error=str(error))
    try:
        return _ask(line, method, content, {**USER_AGENT, **headers})
    except (HTTPException, OSError) as error:
        line.close()
        return Exchange(sent=True, error=type(error).__name__)


def _ask(line: Line, method: str, content: bytes, headers: Mapping[str, str]) -> Exchange:
    # Redirects are not followed: the bytes hold a password.
    line.connection.request(method, line.target, body=content or None, headers=dict(headers))
    response = line.connection.getresponse()
    body = _read(response)
    if response.isclosed() and not response.will_close:
        line.give_back()
    else:
        line.close()
    return Exchange(True, response.status, body, {name.lower(): value for name, value in response.getheaders()})


def _read(response: HTTPResponse) -> bytes:
    """As much as is kept. An answer that is cut short raises: nobody knows what its rest said."""
    content = response.read(LONGEST_ANSWER)
    ends_with_connection = response.length is None and not response.chunked
    if (len(content) < LONGEST_ANSWER and response.length) or (ends_with_connection and not content):
        # The second: headers that are cut short look the same as an end without a word.
        raise IncompleteRead(content)
    return content
