"""A right answer that goes wrong on its way: its text, its packing, or the connection."""

import gzip
import socket
import time
from collections.abc import Iterator

from werkzeug.wrappers import Request, Response

# More than anybody should read of one answer.
OVERSIZE = 6 * 2**20
DRIPS = 20
ON_TEXT = ("empty_body", "truncated", "oversized")
ON_WIRE = ("cut", "slow_body")


def spoil_text(response: Response, kind: str) -> Response:
    body = response.get_data()
    changed = {
        "empty_body": b"",
        "truncated": body[: len(body) // 2],
        "oversized": body + b" " * max(OVERSIZE - len(body), 0),
    }
    return Response(changed[kind], response.status_code, mimetype=response.mimetype)


def pack(response: Response) -> Response:
    body = gzip.compress(response.get_data(), mtime=0)
    packed = Response(body, response.status_code, mimetype=response.mimetype)
    packed.headers["Content-Encoding"] = "gzip"
    return packed


def spoil_wire(request: Request, response: Response, kind: str, seconds: float) -> Response:
    """`cut` promises the whole body and ends in the middle; `slow_body` drips over `seconds`, never silent for long."""
    body = response.get_data()
    parts = _cut(request, body) if kind == "cut" else _drip(body, seconds)
    changed = Response(parts, response.status_code, mimetype=response.mimetype)
    changed.headers["Content-Length"] = str(len(body))
    if "Content-Encoding" in response.headers:
        changed.headers["Content-Encoding"] = response.headers["Content-Encoding"]
    return changed


def _drip(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(len(body) // DRIPS, 1)
    for start in range(0, len(body), size):
        if start:
            time.sleep(seconds / DRIPS)
        yield body[start : start + size]


def _cut(request: Request, body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
