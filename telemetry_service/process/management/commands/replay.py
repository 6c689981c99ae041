"""`manage.py replay`: what a point's measurements would be if they were made now. Writes only with --apply."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from shared.errors import StackError
from telemetry_service.measurements.quality import reason_names
from telemetry_service.process.management.asked import asked_instant, asked_point
from telemetry_service.process.readings import Measured
from telemetry_service.process.redo import redo, replays
from telemetry_service.process.replay import Difference, Replay
from telemetry_service.process.resume import Supposed

SHOWN = 20


class Command(BaseCommand):
    help = "Rehace las mediciones de un punto desde sus lecturas: dice qué cambiaría, y con --apply lo cambia."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--point", required=True, help="el código o el id del punto")
        parser.add_argument("--from", required=True, dest="start", help="instante con zona, incluido")
        parser.add_argument("--to", required=True, dest="end", help="instante con zona, no incluido")
        parser.add_argument("--apply", action="store_true", help="lo hace; sin esto no escribe nada")
        parser.add_argument("--rows", type=int, default=SHOWN, help=f"cuántas diferencias mostrar ({SHOWN})")
        parser.add_argument("--config", type=Path, help="archivo JSON: como si esta configuración rigiera …")
        parser.add_argument("--valid-from", help="… desde este instante; no se aplica, se guarda en Core")

    def handle(self, *args: Any, **options: Any) -> None:
        point_id = asked_point(options["point"])
        start, end = asked_instant("--from", options["start"]), asked_instant("--to", options["end"])
        if end <= start:
            raise CommandError("--to no es posterior a --from ⇒ un instante posterior")
        supposed = _supposed(options)
        try:
            found = list(replays(point_id=point_id, start=start, end=end, supposed=supposed))
            self._show(found, options["rows"])
            if options["apply"]:
                changed = redo(point_id=point_id, start=start, end=end, now=clock.now())
                self.stdout.write(f"Hecho: {changed} mediciones escritas o quitadas.")
            else:
                self.stdout.write("No se escribió nada; con --apply se hace.")
        except StackError as error:
            raise CommandError(" ⇒ ".join([error.detail, *(one.expected for one in error.errors)])) from error

    def _show(self, found: list[Replay], most: int) -> None:
        new, changed, gone, same = (
            sum(getattr(one, name) for one in found) for name in ("new", "changed", "gone", "same")
        )
        self.stdout.write(f"{new} nuevas, {changed} distintas, {gone} de más, {same} iguales (horas en UTC)")
        for row in [row for one in found for row in one.rows][: max(most, 0)]:
            self.stdout.write(_line(row))


def _line(row: Difference) -> str:
    return f"  {row.time:%Y-%m-%d %H:%M:%S}  {row.variable}: {_said(row.before)} → {_said(row.after)}"


def _said(row: Measured | None) -> str:
    if row is None:
        return "nada"
    value = row.text if row.value is None else f"{row.value:.12g}"
    return " ".join([value or "sin valor", f"calidad {int(row.quality)}", *reason_names(row.reasons)])


def _supposed(options: dict[str, Any]) -> Supposed | None:
    path, since = options["config"], options["valid_from"]
    if path is None and since is None:
        return None
    if path is None or since is None:
        raise CommandError("--config y --valid-from van juntos ⇒ los dos, o ninguno")
    if options["apply"]:
        raise CommandError("--apply no guarda una configuración ⇒ guárdela en Core; las mediciones la siguen")
    try:
        config = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"--config {path}: no se puede leer como JSON ({error})") from error
    if not isinstance(config, dict):
        raise CommandError(f"--config {path}: no es un objeto JSON ⇒ {{…}}")
    return Supposed(config, asked_instant("--valid-from", since))
