"""A device on a plain socket, which says and hears every byte itself."""

import json
import socket
from typing import Any, NamedTuple, Self

from tests.telemetry_service.push.world import URL, Web

WAIT_S = 30


class Heard(NamedTuple):
    """Header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Device:
    def __init__(self, web: Web, *, key: str = "", window: int = 0) -> None:
        """`window`: bytes that it takes before it reads on; 0 is as usual."""
        self.key, self._rest = key, b""
        self.socket = socket.socket()
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(("127.0.0.1", int(web.url.rpartition(":")[2])))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def request(self, rows: Any, **headers: str) -> bytes:
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        said = {"Host": "127.0.0.1", "Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        said |= {"Content-Length": str(len(body))} | {name.replace("_", "-"): one for name, one in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
        return f"POST {URL} HTTP/1.1\r\n{head}\r\n".encode() + body

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def push(self, rows: Any, **headers: str) -> Heard:
        self.send(self.request(rows, **headers))
        return self.hear()

    def hear(self) -> Heard:
        """The next answer. Raises ConnectionError where there is none."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return Heard(int(lines[0].split(" ")[1]), headers, body)

    def is_closed(self) -> bool:
        """Waits for it: the other side said that it is over."""
        return not self._rest and self.socket.recv(1) == b""

    def _more(self) -> None:
        came = self.socket.recv(65_536)
        if not came:
            raise ConnectionError("no answer")
        self._rest += came
