"""A provider that is a CSV file on a web server: one line for each time, one column for each variable.

An account of type CUSTOM with the adapter "csv-over-http":

    {"base_url": "https://datos.example.cl/pozos", "time_column": "fecha", "zone": "America/Santiago",
     "delimiter": ";", "decimal": ",", "protected": true}

`protected` asks for the credentials `username` and `password` (HTTP Basic). A source says which `file`; its keys are
columns.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from telemetry_service.providers.adapters import (
    Account,
    Answer,
    Ask,
    Exchange,
    Failure,
    FailureClass,
    Limits,
    Param,
    Poll,
    PollFailed,
    Reply,
    Turns,
    invalid,
)

from .sheet import BadSheet, Layout, read_sheet

LIMITS = Limits(
    per_second=1,
    concurrency=2,
    connect_s=5,
    read_s=30,
    backoff_s=(),
    jitter=0,
    most_bytes=20_000_000,
    most_records=200_000,
)
MEMBERS = ("base_url", "time_column", "zone", "delimiter", "decimal", "protected")
BY_STATUS = {
    401: FailureClass.AUTH,
    403: FailureClass.AUTH,
    404: FailureClass.CONFIG,
    429: FailureClass.RATE_LIMITED,
}


@dataclass(frozen=True, slots=True)
class Place:
    base_url: str
    layout: Layout
    protected: bool


class CsvOverHttp:
    type = "CUSTOM"

    def parse(self, config: Mapping[str, Any]) -> Place:
        for name in config:
            if name not in MEMBERS:
                raise invalid(name, "clave desconocida", expected=f"una de: {', '.join(MEMBERS)}")
        return Place(_base_url(config), _layout(config), _protected(config))

    def credentials(self, parsed: Place) -> frozenset[str]:
        return frozenset({"username", "password"} if parsed.protected else ())

    def params(self, parsed: Place) -> Sequence[Param]:
        return (Param("file", secret=False, required=True),)

    def open(self, account: Account) -> "CsvSession":
        return CsvSession(account)


class CsvSession:
    """A file holds all of its past, so every read sees all of it and gives what it was asked for."""

    concurrency = LIMITS.concurrency
    lookback = timedelta(hours=2)
    backfill = timedelta(days=365)

    def __init__(self, account: Account) -> None:
        place: Place = account.parsed
        self._place, self._credentials = place, account.credentials
        turns = Turns(account.gate, per_second=LIMITS.per_second, concurrency=LIMITS.concurrency, pause=account.pause)
        # Guarded as every HTTP provider is: no private address, no foreign redirect, no endless body.
        self._exchange = Exchange(place.base_url, limits=LIMITS, allow=account.allow, allow_http=False, turns=turns)

    async def read(self, ask: Ask) -> Poll:
        poll = Poll()
        for group in ask.by_params():
            try:
                poll.add(await self._read_file(group))
            except PollFailed as error:
                poll.failure = error.failure
        return poll

    async def close(self) -> None:
        await self._exchange.close()

    async def _read_file(self, ask: Ask) -> Poll:
        path = "/".join(quote(part, safe="") for part in ask.params["file"].split("/") if part not in {"", ".", ".."})
        shown = f"GET {self._place.base_url}/{path}"
        reply = await self._exchange.send("GET", f"{self._place.base_url}/{path}", headers=self._headers())
        if reply.status != 200:
            raise PollFailed(_refused(reply))
        poll = Poll(requests=1, last_request=shown, answers=[Answer(shown, reply.status, reply.body)])
        try:
            sheet = read_sheet(reply.body, self._place.layout, ask.starts, ask.end)
        except BadSheet as error:
            raise PollFailed(Failure(FailureClass.PARSE, str(error), reply.status)) from error
        poll.readings, poll.unreadable, poll.trouble = sheet.readings, sheet.unreadable, sheet.trouble
        poll.unknown = set(ask.starts) - sheet.columns
        poll.searched = dict.fromkeys(ask.starts, ask.end)
        return poll

    def _headers(self) -> dict[str, str]:
        if not self._place.protected:
            return {}
        said = f"{self._credentials['username']}:{self._credentials['password']}"
        return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}


def _refused(reply: Reply) -> Failure:
    kind = BY_STATUS.get(reply.status, FailureClass.TRANSIENT if reply.status >= 500 else FailureClass.CONFIG)
    return Failure(kind, f"HTTP {reply.status}", reply.status)


def _base_url(config: Mapping[str, Any]) -> str:
    url = config.get("base_url")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"https", "http"} or not urlsplit(url).hostname:
        raise invalid("base_url", "no es una dirección", received=url, expected="https://servidor/carpeta")
    return url.rstrip("/")


def _layout(config: Mapping[str, Any]) -> Layout:
    said = {name: config.get(name, default) for name, default in (("delimiter", ","), ("decimal", "."))}
    for name, value in said.items():
        if value not in {",", ";", "\t", "."}:
            raise invalid(name, "no es un separador", received=value, expected="coma, punto y coma, tabulador o punto")
    column, zone = config.get("time_column"), config.get("zone", "UTC")
    if not isinstance(column, str) or not column:
        raise invalid("time_column", "falta", expected="el nombre de la columna de la hora")
    try:
        return Layout(column, ZoneInfo(zone), said["delimiter"], said["decimal"])
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise invalid("zone", "zona desconocida", received=zone, expected="una zona IANA, como UTC") from error


def _protected(config: Mapping[str, Any]) -> bool:
    protected = config.get("protected", False)
    if not isinstance(protected, bool):
        raise invalid("protected", "no es true ni false", received=protected, expected="true o false")
    return protected
