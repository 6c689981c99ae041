"""How one service speaks to another: a signed token a call, tight time-outs, errors with a type."""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from shared import clock
from shared.auth.tokens import sign_service_token
from shared.errors import BadAnswer, FieldError, Refused, Unreachable
from shared.observability.request_id import HEADER, current_request_id

GATEWAY_STATUSES = {502, 503, 504}
READ_TRIES = 2
PAUSE_S = 0.2


class ServiceClient:
    """JSON over REST with the service `audience` at `base_url`. Thread-safe; keeps its connections.

    Raises Unreachable (nobody answered), BadAnswer (not JSON, or a server error), Refused (it said no; with the fields
    that it named).
    """

    def __init__(self, base_url: str, audience: str, timeout_s: float = 5.0) -> None:
        self.audience = audience
        self._http = httpx.Client(base_url=base_url, timeout=httpx.Timeout(timeout_s, connect=2.0), trust_env=False)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._read_twice("GET", path, params=dict(params or {}))

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A question that is too long for an address: a POST that only reads."""
        return self._read_twice("POST", path, json=dict(body))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json=dict(body))

    def close(self) -> None:
        self._http.close()

    def _read_twice(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """Reading twice does no harm: a call that got no answer is made once more."""
        for attempt in range(1, READ_TRIES + 1):
            try:
                return self._call(method, path, **content)
            except Unreachable:
                if attempt == READ_TRIES:
                    raise
                time.sleep(PAUSE_S)
        raise AssertionError("unreachable code: the loop returns or raises")

    def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        return self._read(self._ask(method, path, **content))

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {sign_service_token(audience=self.audience, now=clock.now())}"}
        if current_request_id():
            headers[HEADER] = current_request_id()
        try:
            return self._http.request(method, path, headers=headers, **content)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.audience} no responde ({type(error).__name__})") from error

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code in GATEWAY_STATUSES:
            raise Unreachable(f"{self.audience} no está disponible (HTTP {response.status_code})")
        try:
            body = response.json()
        except ValueError as error:
            raise BadAnswer(f"{self.audience} respondió algo que no es JSON (HTTP {response.status_code})") from error
        if not isinstance(body, dict) or response.status_code >= 500:
            raise BadAnswer(f"{self.audience} respondió HTTP {response.status_code}")
        if response.status_code >= 400:
            detail = f"{self.audience} rechazó la solicitud: {body.get('detail', response.status_code)}"
            raise Refused(detail, errors=list(_fields(body.get("errors"))))
        return body


def _fields(said: Any) -> Iterator[FieldError]:
    """Of a problem's `errors` those that say which field and what is wrong."""
    for one in said if isinstance(said, list) else ():
        if isinstance(one, dict) and one.get("field") and one.get("problem"):
            texts = (str(one.get(name) or "") for name in ("expected", "code"))
            yield FieldError(str(one["field"]), str(one["problem"]), one.get("received"), *texts)


_clients: dict[tuple[str, str], ServiceClient] = {}
_lock = threading.Lock()


def client_for(audience: str, base_url: str) -> ServiceClient:
    """The process's one client of a service, so that connections are kept."""
    with _lock:
        # Not `setdefault`: making a client reads the certificate store, which takes 20 ms of CPU.
        if (audience, base_url) not in _clients:
            _clients[audience, base_url] = ServiceClient(base_url, audience)
        return _clients[audience, base_url]
