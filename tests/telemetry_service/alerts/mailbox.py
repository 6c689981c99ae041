"""A mail server that speaks SMTP over a socket: for tests. It keeps what it is given, and refuses as it is told to."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any


@dataclass
class Mailbox:
    """`refuse`: the code by verb (`MAIL`, `RCPT`, `DATA`, `AUTH`) with which it says no. `login`: whom it lets in."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    encrypted: list[bool] = field(default_factory=list)  # of each password that was said
    certificate: tuple[Path, Path] | None = None  # with it STARTTLS is offered


@contextmanager
def mailbox(**said: Any) -> Iterator[Mailbox]:
    box = Mailbox(**said)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Talk", (_Talk,), {"box": box}))
    server.daemon_threads = True
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Talk(socketserver.StreamRequestHandler):
    """RFC 5321, as much of it as a client needs to hand over a letter."""

    box: Mailbox
    timeout = 10

    def handle(self) -> None:
        self.sender, self.to, self.encrypted = "", list[str](), False
        self._say(220, "buzon")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb.upper() == "QUIT":
                self._say(221, "adios")
                return
            if code := self.box.refuse.get(verb.upper()):
                self._say(code, "no")
            else:
                getattr(self, f"do_{verb.lower()}", self.do_unknown)(rest)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_ehlo(self, _: str) -> None:
        offers = ["AUTH PLAIN"] if self.box.login else []
        offers += ["STARTTLS"] if self.box.certificate and not self.encrypted else []
        lines = ["buzon", *offers]
        for line in lines[:-1]:
            self.wfile.write(f"250-{line}\r\n".encode())
        self._say(250, lines[-1])

    def do_starttls(self, _: str) -> None:
        assert self.box.certificate
        self._say(220, "adelante")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.box.certificate)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.encrypted = True

    def do_auth(self, rest: str) -> None:
        _, name, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        self.box.encrypted.append(self.encrypted)
        right = (name, password) == self.box.login
        self._say(235 if right else 535, "bien" if right else "clave equivocada")

    def do_mail(self, rest: str) -> None:
        self.sender = rest.partition("<")[2].partition(">")[0]
        self._say(250, "bien")

    def do_rcpt(self, rest: str) -> None:
        self.to.append(rest.partition("<")[2].partition(">")[0])
        self._say(250, "bien")

    def do_data(self, _: str) -> None:
        self._say(354, "diga")
        lines = list[bytes]()
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        letter: Any = message_from_bytes(b"".join(lines), policy=policy.default)
        self.box.letters.append(letter)
        self.box.envelopes.append((self.sender, self.to))
        self._say(250, "guardada")

    def do_rset(self, _: str) -> None:
        self._say(250, "bien")

    def do_unknown(self, _: str) -> None:
        self._say(500, "no entiendo")

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())
