"""Files as people send them, a point to send them to, and the whole way from a file to measurements."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook
from rest_framework.test import APIClient

from shared.clock import VirtualClock
from shared.testing import api_client, user_token
from tests.telemetry_service.conftest import NOW

URL = "/api/telemetry/imports/"
HOUR = timedelta(hours=1)
DEVICE = UUID(int=7)  # a source that reads the point
MAPPING = {
    "time": {"column": "fecha", "formats": ["iso"], "zone": "UTC"},
    "point": {"constant": "OB-1"},
    "values": [{"column": "nivel", "variable": "level"}],
}


@pytest.fixture
def csv_file() -> Callable[..., BytesIO]:
    def make(*lines: str, encoding: str = "utf-8") -> BytesIO:
        return BytesIO("\r\n".join([*lines, ""]).encode(encoding))

    return make


@pytest.fixture
def xlsx_file() -> Callable[..., BytesIO]:
    """`sheets`: titles and rows; or the rows of the only sheet."""

    def make(*rows: Sequence[Any], **sheets: Iterable[Sequence[Any]]) -> BytesIO:
        book = Workbook()
        book.remove(book.active)
        for title, content in (sheets or {"Hoja1": rows}).items():
            sheet = book.create_sheet(title)
            for row in content:
                sheet.append(list(row))
        stream = BytesIO()
        book.save(stream)
        stream.seek(0)
        return stream

    return make


@pytest.fixture
def at_noon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock of every part stands at NOW."""
    clock = VirtualClock(tmp_path / "clock.json")
    clock.freeze(NOW)
    monkeypatch.setenv("STACK_CLOCK_FILE", str(clock.path))
    return NOW


@pytest.fixture
def point(make_point: Callable[..., Any]) -> UUID:
    """Without a configuration: levels need none."""
    point_id: UUID = make_point("OB-1", sampling_frequency=60).id
    return point_id


@pytest.fixture
def client(at_noon: datetime) -> APIClient:
    return api_client(user_token())


def at(hours: float) -> datetime:
    """Hours before NOW when negative."""
    return NOW + hours * HOUR


def rows_of(values: dict[float, Any]) -> list[str]:
    """A file of levels: hour → value."""
    return ["fecha;nivel", *(f"{at(hour):%Y-%m-%dT%H:%M:%SZ};{value}" for hour, value in values.items())]


@pytest.fixture
def arrive(point: UUID, at_noon: datetime) -> Callable[..., None]:
    """A device says levels: hour → value."""
    from telemetry_service.process.operations import process_backlog
    from telemetry_service.raw.models import Series
    from telemetry_service.raw.operations import map_series, request_processing
    from telemetry_service.raw.partitions import make_partitions_kept
    from telemetry_service.raw.store import Answer, Incoming, store

    def bring(values: dict[float, Any], *, source: UUID = DEVICE, rank: int = 100, unit: str = "") -> None:
        make_partitions_kept(now=NOW)
        if not Series.objects.filter(source_id=source).exists():
            map_series(
                source_id=source, origin=str(source), point_id=point, variables={"n": "level"}, rank=rank, holds_s=3600
            )
        answer = uuid.uuid4()
        rows = [Incoming(source, "n", at(hour), str(value), unit, answer) for hour, value in values.items()]
        store(rows=rows, answers={answer: Answer(source, b"{}")}, received_at=NOW)
        request_processing(point_id=point, from_time=at(min(values)), now=NOW)
        process_backlog(NOW)

    return bring


@pytest.fixture
def upload(client: APIClient) -> Callable[..., Any]:
    def send(stream: BytesIO, name: str = "pozo.csv", *, by: APIClient = client) -> Any:
        stream.name = name
        return by.post(URL, {"file": stream}, format="multipart")

    return send


@pytest.fixture
def load(client: APIClient, upload: Callable[..., Any], csv_file: Callable[..., BytesIO]) -> Callable[..., Any]:
    """A file goes the whole way; gives the import as the API shows it at the end."""
    from telemetry_service.imports.work import look_for_imports
    from telemetry_service.process.operations import process_backlog

    def send(
        lines: Sequence[str], mode: str = "insert", *, note: str = "", by: APIClient = client, **mapping: Any
    ) -> Any:
        address = f"{URL}{upload(csv_file(*lines), by=by).json()['id']}/"
        checked = by.post(f"{address}check/", {"mode": mode, "mapping": MAPPING | mapping}, format="json")
        assert checked.status_code == 200, checked.json()
        assert checked.json()["state"] == "checked", checked.json()["problem"]
        ran = by.post(f"{address}run/", {"note": note}, format="json")
        assert ran.status_code == 202, ran.json()
        look_for_imports(NOW)
        process_backlog(NOW)
        return by.get(address).json()

    return send


@pytest.fixture
def levels(point: UUID) -> Callable[[], dict[float, float | None]]:
    """The point's levels as anybody reads them: hour → value."""
    from telemetry_service.measurements.models import Measurement

    rows = Measurement.objects.filter(point_id=point, variable="level").order_by("time")
    return lambda: {(time - NOW) / HOUR: value for time, value in rows.all().values_list("time", "value")}


@pytest.fixture
def table(point: UUID) -> Callable[[], list[Any]]:
    """Every measurement of the point, whole but for the instant since when it is known."""
    from telemetry_service.measurements.models import Measurement

    names = [field.name for field in Measurement._meta.fields if field.name not in ("pk", "known_since")]
    rows = Measurement.objects.filter(point_id=point).order_by("variable", "time")
    return lambda: list(rows.all().values_list(*names))


@pytest.fixture
def turn(client: APIClient) -> Callable[..., Any]:
    """Undoes or calls back an import, and makes the measurements anew."""
    from telemetry_service.process.operations import process_backlog

    def act(what: str, import_id: str, note: str = "prueba") -> Any:
        answer = client.post(f"{URL}{import_id}/{what}/", {"note": note}, format="json")
        process_backlog(NOW)
        return answer

    return act
