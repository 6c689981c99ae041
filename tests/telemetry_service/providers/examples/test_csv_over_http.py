"""The example of a CUSTOM provider, installed and used as an operator would."""

import asyncio
import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from shared.errors import InvalidInput
from shared.testing import api_client, user_token
from telemetry_service.collect.poll import close_collector, collect_due
from telemetry_service.providers.adapters import FailureClass, Poll, adapter_for
from telemetry_service.raw.models import RawTelemetryData
from telemetry_service.sources.models import Source
from tests.telemetry_service.providers.examples.conftest import HOUR, NOW, InstallExample, OpenAccount, ask, said

NAME = "csv-over-http"
FILE = {"file": "pozo 7.csv"}
PATH = "/pozos/pozo 7.csv"


@pytest.fixture(autouse=True)
def installed(install_example: InstallExample) -> None:
    install_example("csv_over_http")


@pytest.fixture
def read(httpserver: HTTPServer, open_account: OpenAccount, runner: asyncio.Runner) -> Callable[..., Poll]:
    def make(body: bytes | str, *keys: str, status: int = 200, since: timedelta = 48 * HOUR, **config: Any) -> Poll:
        httpserver.expect_request(PATH).respond_with_data(body, status=status)
        base = {"base_url": httpserver.url_for("/pozos"), "time_column": "fecha"}
        session = open_account("CUSTOM", NAME, base | config)
        return runner.run(session.read(ask(FILE, *keys, since=since)))

    return make


def test_each_column_is_a_key(read: Callable[..., Poll]) -> None:
    poll = read("fecha,caudal,total\n2026-01-02T10:00:00Z,5.50,91755\n2026-01-02T11:00:00Z,,91756\n", "caudal", "total")
    assert said(poll) == [
        ("caudal", "5.50", "2026-01-02T10:00:00+00:00"),
        ("total", "91755", "2026-01-02T10:00:00+00:00"),
        ("total", "91756", "2026-01-02T11:00:00+00:00"),
    ]
    assert (poll.failure, set(poll.searched)) == (None, {"caudal", "total"})
    assert poll.last_request.endswith("/pozos/pozo%207.csv")


def test_a_chilean_spreadsheet(read: Callable[..., Poll]) -> None:
    """A byte order mark, semicolons, decimal commas, local time."""
    body = "\ufefffecha;caudal\n2026-01-02 08:00;1,25\n".encode()
    poll = read(body, "caudal", zone="America/Santiago", delimiter=";", decimal=",")
    assert said(poll) == [("caudal", "1.25", "2026-01-02T11:00:00+00:00")]


def test_the_hour_that_comes_twice(read: Callable[..., Poll]) -> None:
    """In the night of 4 April 2026 Chile's clocks go back from 24:00 to 23:00."""
    times = ["2026-04-04 22:30", "2026-04-04 23:00", "2026-04-04 23:30", "2026-04-04 23:00", "2026-04-04 23:30"]
    times += ["2026-04-05 00:00"]
    body = "fecha,total\n" + "".join(f"{at},{n}\n" for n, at in enumerate(times))
    end = datetime.fromisoformat("2026-04-06T00:00:00+00:00")
    from csv_over_http.sheet import Layout, read_sheet  # type: ignore[import-not-found]  # installed by the fixture

    layout = Layout("fecha", adapter_zone("America/Santiago"), ",", ".")
    readings = read_sheet(body.encode(), layout, {"total": end - timedelta(days=9)}, end).readings
    hours = [one.device_time.isoformat()[11:16] for one in readings]
    assert hours == ["01:30", "02:00", "02:30", "03:00", "03:30", "04:00"]


def adapter_zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def test_only_what_is_asked_for(read: Callable[..., Poll]) -> None:
    rows = "".join(f"{(NOW - n * HOUR).isoformat()},{n}\n" for n in range(10))
    assert len(read(f"fecha,caudal\n{rows}", "caudal", since=3 * HOUR).readings) == 4


def test_what_cannot_be_read_is_counted_and_no_number(read: Callable[..., Poll]) -> None:
    body = "fecha,caudal\nayer,5\n2026-01-02T10:00:00Z,falla\n2026-01-02T10:01:00Z,NaN\n2026-01-02T11:00:00Z,7\n"
    poll = read(body, "caudal")
    assert (said(poll), poll.unreadable) == ([("caudal", "7", "2026-01-02T11:00:00+00:00")], 3)
    assert poll.trouble == "«ayer» no es una hora ISO 8601"


def test_a_column_that_is_not_there_is_unknown(read: Callable[..., Poll]) -> None:
    poll = read("fecha,caudal\n", "caudal", "nivel")
    assert (poll.outcome, poll.unknown) == ("no_data", {"nivel"})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, "", FailureClass.CONFIG),
        (401, "", FailureClass.AUTH),
        (429, "", FailureClass.RATE_LIMITED),
        (503, "", FailureClass.TRANSIENT),
        (200, "<html></html>", FailureClass.PARSE),
        (200, b"\xff\xfe", FailureClass.PARSE),
        (200, b"fecha,a\n\0,1\n" + b"x" * 200_000, FailureClass.PARSE),
    ],
)
def test_a_failure_has_a_class(read: Callable[..., Poll], status: int, body: Any, kind: FailureClass) -> None:
    poll = read(body, "caudal", status=status)
    assert poll.failure is not None
    assert (poll.failure.kind, poll.readings, poll.searched) == (kind, [], {})


def test_a_private_server_is_not_reached(
    httpserver: HTTPServer, open_account: OpenAccount, runner: asyncio.Runner
) -> None:
    session = open_account("CUSTOM", NAME, {"base_url": "https://10.0.0.7", "time_column": "fecha"})
    poll = runner.run(session.read(ask(FILE, "caudal")))
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG


def test_a_password_is_sent_and_never_shown(
    httpserver: HTTPServer, open_account: OpenAccount, runner: asyncio.Runner
) -> None:
    wanted = base64.b64encode(b"ops:secreto-000").decode()
    httpserver.expect_request(PATH, headers={"Authorization": f"Basic {wanted}"}).respond_with_data("fecha,caudal\n")
    config = {"base_url": httpserver.url_for("/pozos"), "time_column": "fecha", "protected": True}
    session = open_account("CUSTOM", NAME, config, username="ops", password="secreto-000")
    poll = runner.run(session.read(ask(FILE, "caudal")))
    assert poll.failure is None
    assert "secreto-000" not in repr(poll)
    assert wanted not in repr(poll)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base_url": "ftp://x"}, "base_url"),
        ({"time_column": ""}, "time_column"),
        ({"zone": "Chile"}, "zone"),
        ({"zone": 7}, "zone"),
        ({"delimiter": "|"}, "delimiter"),
        ({"protected": "si"}, "protected"),
        ({"otra": 1}, "otra"),
    ],
)
def test_a_wrong_configuration_is_named(change: dict[str, Any], field: str) -> None:
    config = {"base_url": "https://datos.example.cl", "time_column": "fecha"}
    with pytest.raises(InvalidInput) as caught:
        adapter_for("CUSTOM", NAME).parse(config | change)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.django_db
def test_from_the_account_to_the_raw_row(httpserver: HTTPServer, settings: Any, make_point: Any) -> None:
    from shared import clock

    settings.OUTBOUND_ALLOW = ["localhost"]
    now = clock.now().replace(microsecond=0)
    rows = "".join(f"{(now - n * HOUR).isoformat()},{n + 5}\n" for n in range(3))
    httpserver.expect_request(PATH).respond_with_data(f"fecha,caudal\n{rows}")
    client = api_client(user_token())
    account = client.post(
        "/api/telemetry/providers/",
        {
            "name": "Planilla",
            "type": "CUSTOM",
            "adapter": NAME,
            "config": {"base_url": httpserver.url_for("/pozos"), "time_column": "fecha"},
        },
        format="json",
    )
    assert account.status_code == 201
    body = {
        "provider": account.json()["id"],
        "point": str(make_point().id),
        "params": FILE,
        "variables": [{"key": "caudal", "variable": "flow"}],
        "history_from": (now - 48 * HOUR).isoformat(),
        "activate": True,
    }
    made = client.post("/api/telemetry/sources/", body, format="json")
    assert (made.status_code, made.json().get("state")) == (201, "active")
    assert collect_due(clock.now()) == 1
    close_collector()
    assert RawTelemetryData.objects.filter(source_id=made.json()["id"]).count() == 3
    assert Source.objects.get().last_outcome == "ok"
