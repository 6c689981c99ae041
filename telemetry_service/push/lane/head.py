"""Whether the bytes of a connection begin with a small push, and which. No socket, no Django.

Only what is surely one is taken: a request line that is ours letter by letter, headers of the plainest kind, each of
them once. Whatever else comes, also what is wrong, is left to gunicorn's own parser, which knows what to say of it.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

PATH = "/api/telemetry/readings/"
LINE = f"POST {PATH} HTTP/1.1\r\n".encode()
END = b"\r\n\r\n"
MOST_HEAD = 16_384
MOST_BODY = 256 * 1024
FIELDS = re.compile(rb"(?:[A-Za-z0-9-]{1,64}:[ \t]*[!-~][ -~\t]*\r\n){1,64}")
# What the service looks at, by its WSGI name.
NAMES = {
    b"host": "HTTP_HOST",
    b"authorization": "HTTP_AUTHORIZATION",
    b"x-api-key": "HTTP_X_API_KEY",
    b"x-request-id": "HTTP_X_REQUEST_ID",
    b"content-type": "CONTENT_TYPE",
    b"content-length": "CONTENT_LENGTH",
    b"idempotency-key": "HTTP_IDEMPOTENCY_KEY",
    b"connection": "HTTP_CONNECTION",
}
# Of another length, another form or another protocol than what stands there.
NOT_OURS = frozenset({b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"http2-settings", b"trailer"})
LENGTH = re.compile(r"\d{1,7}", re.ASCII)


class Else(Enum):
    """What it is if it is no push that is all there."""

    MORE = "more"  # so far it looks like one
    OTHER = "other"


class Found(NamedTuple):
    """A push by its WSGI headers; `begins` and `ends`: where its body does."""

    meta: Mapping[str, str]
    begins: int
    ends: int

    @property
    def is_last(self) -> bool:
        """The client wants the connection closed."""
        return self.meta["HTTP_CONNECTION"] == "close"


def look(data: bytes) -> Found | Else:
    """A push whose head is all there, its body perhaps not yet (`ends` tells); or what else it is."""
    if not data.startswith(LINE):
        return Else.MORE if LINE.startswith(data) else Else.OTHER
    end = data.find(END, len(LINE) - 2, MOST_HEAD)
    if end < 0:
        return Else.MORE if len(data) < MOST_HEAD and data.count(b"\n") == data.count(b"\r\n") else Else.OTHER
    meta = _meta(data[len(LINE) : end + 2])
    if meta is None:
        return Else.OTHER
    begins = end + len(END)
    return Found(meta, begins, begins + int(meta["CONTENT_LENGTH"]))


def _meta(head: bytes) -> dict[str, str] | None:
    """None where it is not of the plainest kind."""
    if not FIELDS.fullmatch(head):
        return None
    meta: dict[str, str] = {}
    names = set()
    lines = head.split(b"\r\n")
    for line in lines[:-1]:
        name, _, value = line.partition(b":")
        name = name.lower()
        names.add(name)
        if name in NAMES:
            meta[NAMES[name]] = value.strip(b" \t").decode()
    meta["HTTP_CONNECTION"] = meta.get("HTTP_CONNECTION", "keep-alive").lower()
    is_plain = len(names) == len(lines) - 1 and names.isdisjoint(NOT_OURS)
    return meta if is_plain and _is_framed(meta) else None


def _is_framed(meta: Mapping[str, str]) -> bool:
    length, connection = meta.get("CONTENT_LENGTH", ""), meta["HTTP_CONNECTION"]
    is_short = LENGTH.fullmatch(length) is not None and int(length) <= MOST_BODY
    return is_short and connection in ("keep-alive", "close") and "HTTP_HOST" in meta
