"""`manage.py import_readings`: what the upload page does, from a shell.

Exit status: 0 all readings are stored or were known; 2 some are not, the result file says which; 1 nothing was stored.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from shared.errors import StackError
from telemetry_service.imports import operations, queries
from telemetry_service.imports.bodies import read_mapping
from telemetry_service.imports.management.people import add_author, who_types
from telemetry_service.imports.mapping.mapping import Mapping
from telemetry_service.imports.models import Import
from telemetry_service.imports.modes import Mode, Verdict
from telemetry_service.imports.states import State
from telemetry_service.imports.who import Who
from telemetry_service.imports.work import look_for_imports

LONGEST_S = 1800.0
PAUSE_S = 0.2
NOT_STORED = (Verdict.CONFLICT, Verdict.LATE, Verdict.REJECTED)
SOME_NOT_STORED = 2


class Command(BaseCommand):
    help = "Carga lecturas de un archivo CSV o XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--mapping", type=Path, help="un archivo JSON con el mapeo de las columnas")
        how.add_argument("--mapping-name", help="el nombre de un mapeo guardado")
        how.add_argument("--suggest", action="store_true", help="solo escribe el mapeo que el archivo sugiere")
        parser.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.INSERT.value)
        parser.add_argument("--note", default="", help="por qué; obligatoria al reemplazar")
        parser.add_argument("--dry-run", action="store_true", help="revisa y no guarda ninguna lectura")
        parser.add_argument("--result", type=Path, help="dónde escribir qué fue de cada fila")
        add_author(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        who = who_types(options["author"])
        try:
            batch = self._bring(options["file"], who)
            if options["suggest"]:
                self._say(queries.preview(batch).suggestion.mapping)
                return
            counts = self._load(batch, options, who)
        except StackError as error:
            raise CommandError(_said(error)) from error
        if any(counts.get(verdict.value) for verdict in NOT_STORED):
            sys.exit(SOME_NOT_STORED)

    def _bring(self, file: Path, who: Who) -> Import:
        try:
            with file.open("rb") as stream:
                return operations.bring(stream=stream, name=file.name, who=who, now=clock.now()).batch
        except OSError as error:
            raise CommandError(f"{file}: no se puede leer ({error.strerror})") from error

    def _load(self, batch: Import, options: dict[str, Any], who: Who) -> dict[str, int]:
        pieces: list[str] = []
        sink = pieces.append if options["dry_run"] and options["result"] else _ignore
        batch = operations.request_check(
            batch=batch, mapping=_mapping(options), mode=Mode(options["mode"]), who=who, now=clock.now(), sink=sink
        )
        if batch.state != State.CHECKED:
            raise CommandError(_problem(batch))
        if not options["dry_run"]:
            batch = self._run(batch, options["note"], who)
        if options["result"]:
            body = pieces if options["dry_run"] else [piece.decode() for piece in queries.result_of(batch)]
            options["result"].write_text("".join(body), newline="")
        report = batch.report or {}
        kept = {name: report.get(name) for name in ("rows", "problems", "series", "warnings")}
        counts = dict(report["counts"] if options["dry_run"] else batch.counts)
        self._say({"id": str(batch.id), "state": batch.state, "counts": counts, "check": kept})
        return counts

    def _run(self, batch: Import, note: str, who: Who) -> Import:
        """Here, or wherever another is at it already."""
        batch = operations.request_run(batch=batch, note=note, who=who, now=clock.now())
        deadline = time.monotonic() + LONGEST_S
        while batch.state in (State.QUEUED, State.RUNNING) and time.monotonic() < deadline:
            if not look_for_imports(clock.now()):
                time.sleep(PAUSE_S)
            batch.refresh_from_db()
        if batch.state != State.DONE:
            raise CommandError(_problem(batch))
        return batch

    def _say(self, body: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(body, ensure_ascii=False, indent=2))


def _mapping(options: dict[str, Any]) -> Mapping:
    if options["mapping_name"]:
        return read_mapping(queries.saved_mapping(options["mapping_name"]))
    try:
        return read_mapping(json.loads(options["mapping"].read_text()))
    except (OSError, ValueError) as error:
        raise CommandError(f"{options['mapping']}: no es un JSON que se pueda leer ({error})") from error


def _ignore(text: str) -> None:
    """Checked here and now, whatever its size; nobody wants the result."""


def _problem(batch: Import) -> str:
    problem = batch.problem or {"detail": f"la carga quedó «{batch.get_state_display()}»"}
    parts = [f"{error['field']}: {error['problem']} ⇒ {error['expected']}" for error in problem.get("errors", ())]
    return "; ".join([problem["detail"], *parts])


def _said(error: StackError) -> str:
    parts = [f"{one.field}: {one.problem} ⇒ {one.expected}" for one in error.errors]
    return "; ".join([error.detail, *parts])
