"""Routing, answers and the server of a simulator: threads of one process, connections kept alive."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from deploy.simulators.certificates import Certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Handler = Callable[..., Response]

PAGE_502 = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
PAGE_LOGIN = "<html><head><title>Sign in</title></head><body><form><input name='user'></form></body></html>"
PAGE_403 = "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>"


def answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/json")


def html(page: str, status: int) -> Response:
    return Response(page, status=status, mimetype="text/html")


def route(methods: str, path: str, handler: Handler) -> Rule:
    return Rule(path, methods=methods.split(), endpoint=handler)


def no_answer(request: Request, seconds: float) -> Response:
    """Hang for so long, then cut the connection: the caller never learns what became of his request."""
    time.sleep(seconds)
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 200)


class Taken(Response):
    """The connection went on as something else (a WebSocket): there is nothing left to answer on it."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        raise ConnectionError


class Application:
    """A WSGI application made of rules whose endpoints are the handlers."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._map = Map(rules, strict_slashes=False)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            handler, arguments = self._map.bind_to_environ(environ).match()
            response: Any = handler(request, **arguments)
        except HTTPException as error:
            response = error
        return response(environ, start_response)  # type: ignore[no-any-return]  # HTTPException or Response


class _Connection(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; with Nagle's algorithm a kept-alive client waits 40 ms for the second.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Paths carry tokens; what is worth knowing is at /_sim/log."""


def bind(
    application: Application, *, host: str = "127.0.0.1", port: int = 0, certificate: Certificate | None = None
) -> BaseWSGIServer:
    """With a certificate it speaks HTTPS only; nobody trusts its authority who was not told to."""
    pair = (str(certificate.chain), str(certificate.key)) if certificate else None
    return make_server(host, port, application, threaded=True, request_handler=_Connection, ssl_context=pair)


@contextmanager
def running(application: Application, *, port: int = 0, certificate: Certificate | None = None) -> Iterator[str]:
    """Serve from a thread of this process; gives the base URL."""
    server = bind(application, port=port, certificate=certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
