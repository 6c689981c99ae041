"""The same from a shell, with exit statuses that a script can use."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from telemetry_service.imports.models import Import, SavedMapping
from telemetry_service.process.operations import process_backlog
from telemetry_service.raw.models import RawTelemetryData
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.imports.conftest import MAPPING, rows_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
AUTHOR = "ops@example.cl"


@pytest.fixture
def paths(tmp_path: Path, at_noon: datetime, point: UUID) -> dict[str, Path]:
    found = {name: tmp_path / name for name in ("pozo.csv", "mapeo.json", "resultado.csv")}
    found["pozo.csv"].write_text("\n".join(rows_of({-3: 32, -2: 33})))
    found["mapeo.json"].write_text(json.dumps(MAPPING))
    return found


def call(name: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(name, *map(str, arguments), author=AUTHOR, stdout=out, **options)
    return out.getvalue()


def status_of(name: str, *arguments: Any, **options: Any) -> int:
    with pytest.raises(SystemExit) as caught:
        call(name, *arguments, **options)
    return int(caught.value.code or 0)


def test_a_file_is_loaded_and_undone(paths: dict[str, Path], levels: Make) -> None:
    said = json.loads(
        call("import_readings", paths["pozo.csv"], mapping=paths["mapeo.json"], result=paths["resultado.csv"])
    )
    assert (said["state"], said["counts"]) == ("done", {"stored": 2})
    process_backlog(NOW)
    assert levels() == {-3: 32, -2: 33}
    assert Import.objects.get().created_by == "user:ops@example.cl"
    written = paths["resultado.csv"].read_text(encoding="utf-8-sig")
    assert written.splitlines()[1].startswith("2;stored;;2026-01-02T09:00:00Z;32")
    assert "Deshecha" in call("undo_import", said["id"], note="otro pozo")
    process_backlog(NOW)
    assert levels() == {}
    assert "Cargada" in call("undo_import", said["id"], note="sí era", redo=True)


def test_a_dry_run_writes_its_result_and_stores_nothing(paths: dict[str, Path]) -> None:
    options = {"mapping": paths["mapeo.json"], "dry_run": True, "result": paths["resultado.csv"]}
    said = json.loads(call("import_readings", paths["pozo.csv"], **options))
    assert (said["state"], said["counts"], said["check"]["rows"]) == ("checked", {"stored": 2}, 2)
    assert RawTelemetryData.objects.count() == 0
    assert len(paths["resultado.csv"].read_text().splitlines()) == 3


def test_the_exit_status_says_that_some_are_not_stored(paths: dict[str, Path]) -> None:
    paths["pozo.csv"].write_text("\n".join([*rows_of({-3: 32}), "ayer;1"]))
    assert status_of("import_readings", paths["pozo.csv"], mapping=paths["mapeo.json"]) == 2
    assert RawTelemetryData.objects.count() == 1


def test_a_mapping_by_its_name_and_one_that_the_file_suggests(paths: dict[str, Path]) -> None:
    SavedMapping.objects.create(name="planilla", mapping=MAPPING, saved_at=NOW, saved_by="user:x")
    assert json.loads(call("import_readings", paths["pozo.csv"], mapping_name="planilla"))["state"] == "done"
    suggested = json.loads(call("import_readings", paths["pozo.csv"], suggest=True))
    assert suggested["values"] == [{"column": "nivel", "variable": "level", "unit": ""}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mapping_name": "nada", "mapping": None}, "no hay un mapeo con ese nombre"),
        ({"mode": "replace"}, "note: falta"),
        ({"mapping": Path("/nowhere.json")}, "no es un JSON que se pueda leer"),
    ],
)
def test_what_is_wrong_is_said(paths: dict[str, Path], change: dict[str, Any], said: str) -> None:
    options = {"mapping": paths["mapeo.json"]} | change
    with pytest.raises(CommandError, match=said):
        call("import_readings", paths["pozo.csv"], **{name: value for name, value in options.items() if value})


def test_a_file_that_does_not_fit(paths: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no se puede leer"):
        call("import_readings", tmp_path / "nada.csv", mapping=paths["mapeo.json"])
    paths["pozo.csv"].write_text("a;b\n1;2\n")
    with pytest.raises(CommandError, match="la columna «fecha» no está en la cabecera"):
        call("import_readings", paths["pozo.csv"], mapping=paths["mapeo.json"])
    paths["pozo.csv"].write_bytes(b"\0\1\2")
    with pytest.raises(CommandError, match="no es un archivo de texto"):
        call("import_readings", paths["pozo.csv"], mapping=paths["mapeo.json"])
    with pytest.raises(CommandError, match="no es un correo"):
        call_command("import_readings", str(paths["pozo.csv"]), mapping=paths["mapeo.json"], author="ops")


def test_an_import_that_is_not_there(at_noon: datetime) -> None:
    with pytest.raises(CommandError, match="No existe esa carga"):
        call("undo_import", uuid.uuid4(), note="x")


READING: dict[str, Any] = {
    "point": "ob-1",
    "variable": "level",
    "time": "02-01-2026 06:00",
    "value": "32.5",
    "note": "visita",
}


def test_a_reading_is_written_down(paths: dict[str, Path], levels: Make) -> None:
    assert "stored" in call("add_reading", **READING)
    process_backlog(NOW)
    assert levels() == {-3: 32.5}
    assert "stored" in call("add_reading", **READING)  # the same words
    assert "duplicate" in call("add_reading", **READING | {"note": "otra visita"})
    assert status_of("add_reading", **READING | {"value": "40"}) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [({"point": "OB-9"}, "no existe ese punto"), ({"time": "05-04-2025 23:30"}, "ocurrió dos veces"),
     ({"value": "12,5"}, "el decimal es"), ({"value": " "}, "value: no es un número"),
     ({"unit": "l/s"}, "no es una unidad"), ({"zone": "Lima"}, "no se conoce"), ({"note": " "}, "note: falta")],
)  # fmt: skip
def test_a_reading_that_cannot_be(paths: dict[str, Path], change: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call("add_reading", **READING | change)
