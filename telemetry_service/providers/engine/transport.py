"""HTTP to the outside: guarded against reaching our own network, bounded, silent about what it carries."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import httpx
import yarl
from httpx_aiohttp.transport import AiohttpResponseStream, AiohttpTransport, map_aiohttp_exceptions

from shared.errors import OutsideError, Refused
from telemetry_service.providers.engine.resolver import GuardedResolver
from telemetry_service.providers.engine.results import Failure, FailureClass, PollFailed, Reason
from telemetry_service.providers.engine.row import Limits
from telemetry_service.providers.engine.verdict import Reply
from telemetry_service.providers.turns import Turns

REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 3
# The read time-out is between two pieces; headers or a body that drip for ever end here.
SLOWEST = 4
# Longer than the usual minute between two polls of a device.
KEPT_OPEN_S = 75
HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "stack-vps"}


class ExactTransport(AiohttpTransport):
    """httpx's interface over aiohttp's connections, the URL left as it is: aiohttp would quote it in its own way."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        timeout = request.extensions["timeout"]
        with map_aiohttp_exceptions():
            response = await self.client.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=request.headers,
                data=request.content or None,
                allow_redirects=False,
                auto_decompress=False,
                compress=False,
                timeout=aiohttp.ClientTimeout(sock_connect=timeout["connect"], sock_read=timeout["read"]),
            )
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=AiohttpResponseStream(response), request=request
        )


class Exchange:
    """One account's connections. To be used and closed on one event loop."""

    def __init__(self, base_url: str, *, limits: Limits, allow: Iterable[str], allow_http: bool, turns: Turns) -> None:
        self._limits, self._turns = limits, turns
        self._resolver = GuardedResolver(base_url, allow=allow, allow_http=allow_http)
        self._longest_s = limits.connect_s + SLOWEST * limits.read_s
        self._extensions = {"timeout": httpx.Timeout(limits.read_s, connect=limits.connect_s).as_dict()}
        # httpx's own pool costs 15 ms of CPU a request at a hundred connections. Its client adds cookies, which would
        # let one device be taken for another, redirects, which are ours to judge, and a fifth to what a poll costs.
        self._transport = ExactTransport(verify=_tls(), client=self._connections)

    async def send(self, method: str, url: str, **content: Any) -> Reply:
        """The whole answer, after redirects within the same origin. PollFailed where there is none."""
        async with self._turns.one():
            for _ in range(MOST_REDIRECTS + 1):
                reply = await self._once(method, url, **content)
                if reply.status not in REDIRECTS:
                    return reply
                url = _same_origin(url, reply)
        raise PollFailed(Failure(FailureClass.CONFIG, "demasiadas redirecciones", reply.status))

    async def close(self) -> None:
        await self._transport.aclose()

    def _connections(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver, limit=self._limits.concurrency, keepalive_timeout=KEPT_OPEN_S, ssl=_tls()
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def _once(self, method: str, url: str, **content: Any) -> Reply:
        try:
            self._resolver.look()
            async with asyncio.timeout(self._longest_s), self._answer(method, url, **content) as response:
                return Reply(response.status_code, _lower(response.headers), await self._body(response))
        except OutsideError as error:
            refused = isinstance(error, Refused)
            kind, reason = (FailureClass.CONFIG, Reason.ADDRESS) if refused else (FailureClass.TRANSIENT, None)
            raise PollFailed(Failure(kind, error.detail, reason=reason)) from None
        # `from None`, and only the type's name: the error of a library carries the URL, and a URL can be a secret.
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
            raise PollFailed(Failure(FailureClass.CONFIG, f"solicitud imposible ({type(error).__name__})")) from None
        except httpx.DecodingError as error:
            raise PollFailed(Failure(FailureClass.PARSE, f"cuerpo ilegible ({type(error).__name__})")) from None
        except TimeoutError:
            raise PollFailed(Failure(FailureClass.TRANSIENT, "la respuesta no termina")) from None
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            cause = error.__cause__ or error
            reason = Reason.CERTIFICATE if isinstance(cause, aiohttp.ClientConnectorCertificateError) else None
            message = f"sin respuesta ({type(cause).__name__})"
            raise PollFailed(Failure(FailureClass.TRANSIENT, message, reason=reason)) from None

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        json: Any = None,
    ) -> AsyncIterator[httpx.Response]:
        """`auth`: a name and a password, in place of an Authorization header."""
        sent = httpx.Headers(HEADERS)
        sent.update(headers)
        if auth is not None:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        request = httpx.Request(method, url, headers=sent, json=json, extensions=self._extensions)
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self._limits.most_bytes:
                message = f"la respuesta pasa de {self._limits.most_bytes} bytes"
                raise PollFailed(Failure(FailureClass.PARSE, message, response.status_code, reason=Reason.TOO_LARGE))
            pieces.append(piece)
        return b"".join(pieces)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def _same_origin(url: str, reply: Reply) -> str:
    target = urljoin(url, reply.headers.get("location", ""))
    here, there = urlsplit(url), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        message = f"redirige a otro servidor ({there.hostname}): no se sigue"
        raise PollFailed(Failure(FailureClass.CONFIG, message, reply.status, reason=Reason.REDIRECT))
    return target


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
