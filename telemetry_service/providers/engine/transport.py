"""HTTP to the outside: guarded against reaching our own network, bounded, silent about what it carries."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from shared.clients.outbound import guard, resolve
from shared.errors import OutsideError, Refused
from telemetry_service.providers.engine.results import Failure, FailureClass, PollFailed
from telemetry_service.providers.engine.row import Limits
from telemetry_service.providers.engine.verdict import Reply

REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 3
# The read time-out is between two pieces; a body that drips for ever ends here.
SLOWEST = 4


class GuardedTransport(httpx.BaseTransport):
    """Connects to the very address that the guard saw: a name that resolves to something else later gains nothing."""

    def __init__(self, *, allow: Iterable[str], allow_http: bool, connections: int) -> None:
        self._allow = frozenset(allow)
        self._allow_http = allow_http
        self._inner = httpx.HTTPTransport(
            trust_env=False, limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host, addresses = request.url.host, []

        def remember(name: str, port: int) -> list[str]:
            addresses.extend(resolve(name, port))
            return addresses

        # The row may allow plain http to a public host; what is private stays forbidden either way.
        url = request.url.copy_with(scheme="https") if self._allow_http else request.url
        port = request.url.port or (80 if request.url.scheme == "http" else 443)
        guard(str(url.copy_with(port=port)), allow=self._allow, resolver=remember)
        if addresses and addresses[0] != host:
            request.url = request.url.copy_with(host=addresses[0])
            request.extensions = {**request.extensions, "sni_hostname": host}
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class Bucket:
    """A token bucket: `per_second` requests on average, one second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._rate, self._most = per_second, max(1.0, per_second)
        self._level, self._at = self._most, time.monotonic()
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Takes a place in the queue and says how long it is."""
        with self._lock:
            now = time.monotonic()
            self._level = min(self._most, self._level + (now - self._at) * self._rate) - 1
            self._at = now
            return max(0.0, -self._level / self._rate)


class Exchange:
    """One account's connections."""

    def __init__(
        self, *, limits: Limits, allow: Iterable[str], allow_http: bool, sleep: Callable[[float], None]
    ) -> None:
        self._limits, self._sleep = limits, sleep
        self._bucket = Bucket(limits.per_second)
        self._places = threading.BoundedSemaphore(limits.concurrency)
        self._http = httpx.Client(
            transport=GuardedTransport(allow=allow, allow_http=allow_http, connections=limits.concurrency),
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
            headers={"Accept": "application/json", "User-Agent": "stack-vps"},
            trust_env=False,
        )

    def send(self, method: str, url: str, **content: Any) -> Reply:
        """The whole answer, after redirects within the same origin. PollFailed where there is none."""
        with self._places:
            pause = self._bucket.wait_s()
            if pause:
                self._sleep(pause)
            for _ in range(MOST_REDIRECTS + 1):
                reply = self._once(method, url, **content)
                if reply.status not in REDIRECTS:
                    return reply
                url = _same_origin(url, reply)
                content.pop("params", None)
        raise PollFailed(Failure(FailureClass.CONFIG, "demasiadas redirecciones", reply.status))

    def close(self) -> None:
        self._http.close()

    def _once(self, method: str, url: str, **content: Any) -> Reply:
        try:
            with self._http.stream(method, url, **content) as response:
                return Reply(response.status_code, _lower(response.headers), self._body(response))
        except OutsideError as error:
            kind = FailureClass.CONFIG if isinstance(error, Refused) else FailureClass.TRANSIENT
            raise PollFailed(Failure(kind, error.detail)) from None
        # `from None`, and only the type's name: an httpx error carries the URL, and a URL can be a secret.
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise PollFailed(Failure(FailureClass.CONFIG, f"solicitud imposible ({type(error).__name__})")) from None
        except httpx.DecodingError as error:
            raise PollFailed(Failure(FailureClass.PARSE, f"cuerpo ilegible ({type(error).__name__})")) from None
        except httpx.HTTPError as error:
            raise PollFailed(Failure(FailureClass.TRANSIENT, f"sin respuesta ({type(error).__name__})")) from None

    def _body(self, response: httpx.Response) -> bytes:
        pieces, size, deadline = [], 0, time.monotonic() + SLOWEST * self._limits.read_s
        for piece in response.iter_bytes():
            size += len(piece)
            if size > self._limits.most_bytes:
                message = f"la respuesta pasa de {self._limits.most_bytes} bytes"
                raise PollFailed(Failure(FailureClass.PARSE, message, response.status_code))
            if time.monotonic() > deadline:
                raise PollFailed(Failure(FailureClass.TRANSIENT, "la respuesta no termina", response.status_code))
            pieces.append(piece)
        return b"".join(pieces)


def _same_origin(url: str, reply: Reply) -> str:
    target = urljoin(url, reply.headers.get("location", ""))
    here, there = urlsplit(url), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        message = f"redirige a otro servidor ({there.hostname}): no se sigue"
        raise PollFailed(Failure(FailureClass.CONFIG, message, reply.status))
    return target


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
