"""The demo speaks to the system as an operator's own program would: over the public REST API with a person's token."""

import time
from typing import Any, Self

import httpx

PATIENCE_S = 120.0
TOO_MANY = 429


class ApiError(Exception):
    """The system said no; the message holds what it said."""


class Api:
    """JSON over REST behind nginx. Logs in again when the token ran out, which on a virtual clock is often."""

    def __init__(self, base_url: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=30.0, trust_env=False)
        self._credentials = {"email": email, "password": password}
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self._call("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("PATCH", path, json=body)

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """The rows of all pages."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            body = self.get(path, cursor=cursor, **params)
            rows += body["results"]
            cursor = body["next"]
            if not cursor:
                return rows

    def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        response = self._send(method, path, **content)
        if response.status_code == 401:
            self._log_in()
            response = self._send(method, path, **content)
        if response.is_error:
            raise ApiError(f"{method} {path}: HTTP {response.status_code} {response.text[:500]}")
        return dict(response.json())

    def _log_in(self) -> None:
        """Virtual hours pass in a second: so many log-ins a minute are held back, and waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            response = self._http.post("/api/auth/token", json=self._credentials)
            if response.status_code != TOO_MANY or time.monotonic() > deadline:
                break
            time.sleep(min(float(response.headers.get("Retry-After", 1)), 5.0))
        if response.is_error:
            raise ApiError(f"log-in: HTTP {response.status_code} {response.text[:300]}")
        self._token = response.json()["access"]

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A gateway that is still starting is waited for, not longer than PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
            try:
                response = self._http.request(method, path, headers=headers, **content)
                if response.status_code not in {502, 503} or time.monotonic() > deadline:
                    return response
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)
