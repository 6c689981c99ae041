"""A wire that a test may cut: TCP to another port of this machine, for as long as it holds."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65_536


class Wire:
    """`is_deaf`: what the client says is lost on the way, as an acknowledgement may be."""

    def __init__(self, port: int) -> None:
        self.is_deaf = False
        self._target = port
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Whoever is connected is thrown out, and nobody gets in."""
        self._is_cut = True
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self._server.close()
        self.cut()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if self._is_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open |= {client, server}
                for source, sink, hears in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._carry, args=(source, sink, hears), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, can_be_lost: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if not (can_be_lost and self.is_deaf):
                    sink.sendall(piece)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            self._open.discard(one)
        source.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    made = Wire(port)
    try:
        yield made
    finally:
        made.close()
