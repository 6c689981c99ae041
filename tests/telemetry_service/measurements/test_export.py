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

from shared.testing import api_client, user_token
from telemetry_service.measurements import export as exports
from telemetry_service.measurements.export import HEADER, export
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


READERS = {"csv": from_csv, "ndjson": from_ndjson, "xlsx": from_xlsx}


@pytest.mark.parametrize("form", sorted(READERS))
def test_a_file_says_what_the_api_says(form: str, measured: Any, make_point: Callable[..., Any]) -> None:
    point = make_point("OB-0601-12").id
    measured(point, "flow", [1.5, 2.0])
    measured(point, "total", [None], quality=4, reasons=Reason.ZERO_GLITCH | Reason.NO_BASELINE)
    response = ask(points=str(point), format=form)
    header, *rows = READERS[form](content(response))
    assert header == list(HEADER)
    assert f'filename="mediciones-20240301-20240501.{form}"' in response["Content-Disposition"]
    number = (lambda value: f"{value:g}") if form == "xlsx" else str
    known = "2024-03-25T17:02:00Z"
    assert rows == [
        [str(point), "OB-0601-12", "flow", "2024-03-25T17:00:00Z", number(1.5), "L/s", "1", "good", "", known],
        [str(point), "OB-0601-12", "flow", "2024-03-25T18:00:00Z", number(2.0), "L/s", "1", "good", "", known],
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
    monkeypatch.setattr(exports, "PIECE", 50)
    monkeypatch.setattr(exports, "MOST_OF_A_SHEET", 5)
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
    monkeypatch.setattr(exports, "PIECE", 8 * 1024)
    point = uuid4()
    measured(point, "flow", [0.5] * 6000)
    peaks = []
    for days in (2, 40, 250):  # the first imports and fills caches
        wanted = Wanted([point], ["flow"], None, START + timedelta(days=days), [])
        tracemalloc.start()
        for _ in export(wanted, codes={}, form=form, now=START + timedelta(days=9999)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[1]


def test_an_interval_is_needed_and_a_known_format() -> None:
    response = api_client(user_token()).get("/api/telemetry/export/", {"format": "pdf"})
    assert {error["field"] for error in response.json()["errors"]} == {"from", "to", "format"}


def test_nobody_takes_home_what_is_others() -> None:
    assert ask(user_token(scopes=["telemetry:read"], points=[uuid4()]), points=str(uuid4())).status_code == 403
