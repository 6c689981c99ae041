"""The same measurements as CSV, NDJSON and XLSX, whole and as they were at one instant."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from shared.testing import api_client, user_token
from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.files import export as exports
from telemetry_service.measurements.files import parquet as parquets
from telemetry_service.measurements.files import rows as written
from telemetry_service.measurements.files import xlsx as sheets
from telemetry_service.measurements.files.export import export
from telemetry_service.measurements.files.rows import HEADER, Fields
from telemetry_service.measurements.quality import Reason
from telemetry_service.measurements.queries import Wanted
from tests.telemetry_service.conftest import START

pytestmark = pytest.mark.django_db
SPAN = {"from": "2024-03-01T00:00:00Z", "to": "2024-05-01T00:00:00Z"}


def ask(token: str | None = None, **query: Any) -> Any:
    return api_client(token or user_token()).get("/api/telemetry/export/", SPAN | query)


def content(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def from_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode())))


def from_ndjson(body: bytes) -> list[list[str]]:
    rows = [json.loads(line) for line in body.decode().splitlines()]
    flat = [[*list(row.values())[:-2], " ".join(row["reasons"]), row["known_since"]] for row in rows]
    return [list(HEADER), *[["" if value is None else str(value) for value in row] for row in flat]]


def from_xlsx(body: bytes) -> list[list[str]]:
    book = load_workbook(io.BytesIO(body), read_only=True)
    rows = [list(row) for sheet in book for row in sheet.iter_rows(values_only=True)]
    book.close()
    return [["" if value is None else str(value) for value in row] for row in rows]


def from_parquet(body: bytes) -> list[list[str]]:
    table = parquet.read_table(io.BytesIO(body))
    table.validate(full=True)
    rows = []
    for row in table.to_pylist():
        row |= {"time": iso(row["time"]), "known_since": iso(row["known_since"]), "reasons": " ".join(row["reasons"])}
        rows.append(["" if row[name] is None else str(row[name]) for name in HEADER])
    return [list(HEADER), *rows]


READERS = {"csv": from_csv, "ndjson": from_ndjson, "xlsx": from_xlsx, "parquet": from_parquet}


@pytest.mark.parametrize("form", sorted(READERS))
def test_a_file_says_what_the_api_says(form: str, measured: Any, make_point: Callable[..., Any]) -> None:
    point = make_point("OB-0601-12").id
    measured(point, "flow", [1.5, 2.0])
    measured(point, "total", [None], quality=4, reasons=Reason.ZERO_GLITCH | Reason.NO_BASELINE)
    response = ask(points=str(point), format=form)
    header, *rows = READERS[form](content(response))
    assert header == list(HEADER)
    assert f'filename="mediciones-20240301-20240501.{form}"' in response["Content-Disposition"]
    known = "2024-03-25T17:02:00Z"
    assert rows == [
        [str(point), "OB-0601-12", "flow", "2024-03-25T17:00:00Z", "1.5", "L/s", "1", "good", "", known],
        [str(point), "OB-0601-12", "flow", "2024-03-25T18:00:00Z", "2.0", "L/s", "1", "good", "", known],
        [
            str(point),
            "OB-0601-12",
            "total",
            "2024-03-25T17:00:00Z",
            "",
            "m3",
            "4",
            "fail",
            "zero_glitch no_baseline",
            known,
        ],
    ]


@pytest.mark.parametrize("form", sorted(READERS))
def test_nothing_is_a_file_too(form: str) -> None:
    rows = READERS[form](content(ask(points=str(uuid4()), format=form)))
    assert rows == [list(HEADER)]


@pytest.mark.parametrize("form", sorted(READERS))
def test_pages_leave_no_seam(form: str, measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    monkeypatch.setattr(written, "PIECE", 50)
    monkeypatch.setattr(sheets, "MOST_OF_A_SHEET", 5)
    monkeypatch.setattr(parquets, "GROUP", 4)
    monkeypatch.setattr(parquets, "PIECE", 3)
    points = sorted(uuid4() for _ in range(2))
    for point in points:
        measured(point, "flow", list(range(7)))
        measured(point, "level", list(range(4)))
    rows = READERS[form](content(ask(points=",".join(map(str, points)), format=form)))
    keys = [(row[0], row[2], row[3]) for row in rows if row != list(HEADER)]
    assert keys == sorted(set(keys))
    assert len(keys) == 22


def test_what_changes_meanwhile_is_not_in_it(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    point = uuid4()
    measured(point, "flow", [1, 1, 1, 1], now=START)
    wanted = Wanted([point], ["flow"], None, None, [])
    rows = exports._rows(exports.replace(wanted, as_of=START))
    first = next(rows)
    measured(point, "flow", [2, 2, 2, 2, 2], now=START + timedelta(hours=9))
    assert [row.value for row in [first, *rows]] == [1, 1, 1, 1]


@pytest.mark.parametrize("form", sorted(READERS))
def test_the_memory_it_takes_does_not_grow_with_the_file(
    form: str, measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 200)
    monkeypatch.setattr(parquets, "GROUP", 200)
    monkeypatch.setattr(parquets, "PIECE", 200)
    monkeypatch.setattr(written, "PIECE", 8 * 1024)
    point = uuid4()
    measured(point, "flow", [0.5] * 6000)
    peaks = []
    for days in (2, 120, 250):  # the first imports and fills caches
        wanted = Wanted([point], ["flow"], None, START + timedelta(days=days), [])
        tracemalloc.start()
        for _ in export(wanted, codes={}, form=form, now=START + timedelta(days=9999)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[1] + 256 * 1024  # what a compressor may hold; the rows would be megabytes


def test_parquet_says_what_its_columns_mean(measured: Any) -> None:
    point = uuid4()
    measured(point, "flow", [1.5])
    found = parquet.read_table(io.BytesIO(content(ask(points=str(point), format="parquet"))))
    assert str(found.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert json.loads(found.schema.metadata[b"quality"])["3"] == "suspect"
    assert "zero_glitch" in json.loads(found.schema.metadata[b"reasons"])
    assert found.column("unit").to_pylist() == ["L/s"]


def test_a_value_that_is_no_number_stands_apart() -> None:
    said = Fields("p", "c", "v", START, "abierta", "", 1, "good", [], START)
    body = b"".join(parquets.write_parquet([said, said._replace(value=True), said._replace(value=2)]))
    found = parquet.read_table(io.BytesIO(body))
    assert found.column("value_text").to_pylist() == ["abierta", "true", None]
    assert found.column("value").to_pylist() == [None, None, 2.0]


def test_what_xml_cannot_say_and_what_it_would_misread() -> None:
    said = Fields("p", "<&> «ñ»\x01", "v", START, True, " m ", 1, "good", [], START)
    _, row = from_xlsx(b"".join(sheets.write_xlsx([said])))
    assert (row[1], row[4], row[5]) == ("<&> «ñ»\ufffd", "True", " m ")


@pytest.mark.parametrize("form", sorted(READERS))
def test_it_begins_to_come_before_all_of_it_is_read(form: str, measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 50)
    monkeypatch.setattr(parquets, "GROUP", 50)
    monkeypatch.setattr(parquets, "PIECE", 50)
    monkeypatch.setattr(written, "PIECE", 1000)
    point, asked = uuid4(), []
    measured(point, "flow", [n * 0.37 for n in range(6000)])
    real = exports.measurements
    monkeypatch.setattr(exports, "measurements", lambda *a, **k: asked.append(1) or real(*a, **k))
    pieces = export(Wanted([point], ["flow"], None, None, []), codes={}, form=form, now=START + timedelta(days=9999))
    assert next(pieces)
    assert len(asked) < 110  # of 121


def test_an_interval_is_needed_and_a_known_format() -> None:
    response = api_client(user_token()).get("/api/telemetry/export/", {"format": "pdf"})
    assert {error["field"] for error in response.json()["errors"]} == {"from", "to", "format"}


def test_nobody_takes_home_what_is_others() -> None:
    assert ask(user_token(scopes=["telemetry:read"], points=[uuid4()]), points=str(uuid4())).status_code == 403
