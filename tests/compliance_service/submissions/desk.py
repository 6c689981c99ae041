"""DGA's simulator behind a door that sees what comes in, and keeps an answer back until its worker may read it."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx

from deploy.simulators.dga.app import dga
from deploy.simulators.scenario import read_scenario
from deploy.simulators.web import Application, running
from tests.compliance_service.conftest import Clock

# A work, and an hour of it.
Key = tuple[str, datetime]
FAULTS = (
    "timeout_after_storing",
    "html_502",
    "html_403",
    "empty_body",
    "ok_without_voucher",
    "duplicate_without_voucher",
)


class Desk(Application):
    """`came`: who sent what, in its order. `answered` is told of each answer before it leaves."""

    def __init__(self, clock: Clock, folder: Path) -> None:
        super().__init__([])
        self._clock, self._folder, self._number = clock, folder, 0
        self.http = httpx.Client(trust_env=False)
        self.came: list[Key] = []
        self.answered: Callable[[Key], None] = lambda _: None
        self.open_anew()

    def open_anew(self) -> None:
        """With empty books."""
        self._number += 1
        self.came.clear()
        scenario = replace(read_scenario("demo"), faults={})
        self._inside = dga(scenario, lambda: self._clock.at, self._folder / f"dga{self._number}.db")

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        key = _key(environ) if environ["REQUEST_METHOD"] == "POST" and "HTTP_CODIGOOBRA" in environ else None
        if key is None:
            return self._inside(environ, start_response)
        self.came.append(key)
        answer = list(self._inside(environ, start_response))
        self.answered(key)
        return answer

    def meet(self, fault: str) -> None:
        """This from now on, and nothing else; empty: nothing goes wrong."""
        self.http.post("/_sim/faults", json={name: float(name == fault) for name in FAULTS}).raise_for_status()

    def vouchers(self) -> dict[Key, str]:
        rows = self.http.get("/_sim/records").raise_for_status().json()["results"]
        return {(row["work"], _utc(row["slot"])): row["voucher"] for row in rows}


@contextmanager
def open_desk(clock: Clock, folder: Path, settings: Any) -> Iterator[Desk]:
    desk = Desk(clock, folder)
    with running(desk) as url, httpx.Client(base_url=url, trust_env=False) as desk.http:
        settings.DGA_BASE_URL, settings.OUTBOUND_ALLOW = f"{url}/api/v1", ["127.0.0.1"]
        yield desk


def _key(environ: dict[str, Any]) -> Key:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = BytesIO(body)
    (said,) = (value for name, value in json.loads(body).items() if name != "autenticacion")
    return environ["HTTP_CODIGOOBRA"], _utc(f"{said['fechaMedicion']} {said['horaMedicion']}")


def _utc(slot: str) -> datetime:
    """The regulator's clock is UTC-4 all year."""
    return datetime.fromisoformat(slot).replace(tzinfo=UTC) + timedelta(hours=4)
