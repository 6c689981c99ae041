"""However long a file is, a piece of it is in memory, and eight bytes for the time of each reading."""

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from openpyxl import Workbook

from telemetry_service.imports import operations
from telemetry_service.imports.mapping.mapping import unpack
from telemetry_service.imports.models import Chunk, Import
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.put.chunks import ROWS
from telemetry_service.imports.who import Who
from telemetry_service.imports.work import look_for_imports
from telemetry_service.raw.models import RawTelemetryData
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import MAPPING

pytestmark = pytest.mark.django_db
WHO = Who("user:ops@example.cl", None, is_person=True)
MOST = 10 * 2**20  # the rows of the longer file take thirty as objects


def text_of(count: int) -> BytesIO:
    lines = (
        f"{NOW - timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ};{n % 97}.5;nota de la fila {n}" for n in range(1, count + 1)
    )
    return BytesIO("\n".join(["fecha;nivel;nota", *lines, ""]).encode())


def book_of(count: int) -> BytesIO:
    book = Workbook(write_only=True)
    sheet, stream = book.create_sheet("Pozo"), BytesIO()
    sheet.append(["fecha", "nivel"])
    for n in range(1, count + 1):
        sheet.append([(NOW - timedelta(minutes=n)).replace(tzinfo=None), n % 97 + 0.5])
    book.save(stream)
    return stream


def peak_of(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("make", "count"), [(text_of, 40_000), (book_of, 10_000)])
def test_forty_thousand_rows(point: UUID, make: Callable[[int], BytesIO], count: int) -> None:
    stream = make(count)
    batch = operations.bring(stream=stream, name="pozo", who=WHO, now=NOW).batch
    mapping = unpack(MAPPING)
    stream.close()

    def check() -> None:
        operations.request_check(batch=batch, mapping=mapping, mode=Mode.INSERT, who=WHO, now=NOW)
        look_for_imports(NOW)

    assert peak_of(check) < MOST
    batch.refresh_from_db()
    assert batch.report["counts"] == {"stored": count}
    operations.request_run(batch=batch, note="", who=WHO, now=NOW)
    assert peak_of(lambda: look_for_imports(NOW)) < MOST
    assert Import.objects.get().state == "done"
    assert RawTelemetryData.objects.count() == count
    assert Chunk.objects.count() == count // ROWS
