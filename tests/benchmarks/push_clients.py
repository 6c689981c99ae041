"""Devices that push as fast as they are answered: `python -m tests.benchmarks.push_clients`, what to do on its input.

Plain sockets and threads: what a client costs must not be what is measured.
"""

import json
import socket
import sys
import threading
import time
from typing import Any

HEAD = (
    "POST /api/telemetry/readings/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: {name}\r\nContent-Length: {length}\r\n\r\n"
)


def main() -> None:
    said = json.loads(sys.stdin.readline())
    devices = [_Device(said["port"], key, bodies) for key, bodies in zip(said["keys"], said["bodies"], strict=True)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, spent = time.monotonic(), time.process_time()
    threads = [threading.Thread(target=device.run) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = sorted(one for device in devices for one in device.took)
    figures = {
        "seconds": time.monotonic() - began,
        "cpu_s": time.process_time() - spent,
        "requests": len(took),
        "median_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[len(took) * 99 // 100],
        "wrong": [device.wrong for device in devices if device.wrong][:1],
        "last": devices[0].last,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


class _Device:
    def __init__(self, port: int, key: str, bodies: list[str]) -> None:
        self.address, self.wrong, self.last = ("127.0.0.1", port), "", ""
        self.requests = [
            HEAD.format(key=key, name=f"{key[-6:]}-{n}", length=len(body)).encode() + body.encode()
            for n, body in enumerate(bodies)
        ]
        self.took: list[float] = []

    def run(self) -> None:
        with socket.create_connection(self.address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in self.requests:
                began = time.monotonic()
                connection.sendall(request)
                head, body = _answer(connection)
                self.took.append(time.monotonic() - began)
                if not head.startswith(b"HTTP/1.1 200"):
                    self.wrong = (head + body).decode()[:500]
                    return
                self.last = body[:300].decode()


def _answer(connection: socket.socket) -> tuple[bytes, bytes]:
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(1 << 18)
        if not more:
            return b"closed", got
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    parts, missing = [body], int(fields[b"content-length"]) - len(body)
    while missing > 0:
        more = connection.recv(1 << 18)
        missing -= len(more)
        parts.append(more)
    return head, b"".join(parts)


def ask(said: dict[str, Any]) -> str:
    return json.dumps(said) + "\n"


if __name__ == "__main__":
    main()
