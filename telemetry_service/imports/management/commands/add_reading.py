"""`manage.py add_reading`: a reading that a person wrote down. Exit status 2 where it was not stored."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from shared.errors import StackError
from telemetry_service.imports.files.cells import CellProblem
from telemetry_service.imports.management.people import add_author, who_types
from telemetry_service.imports.manual import MODES, Written, add_readings
from telemetry_service.imports.mapping.numbers import NumberForm, number_text
from telemetry_service.imports.mapping.points import KnownPoint, PointBook
from telemetry_service.imports.mapping.times import TimeReader
from telemetry_service.imports.mapping.zones import zone_of
from telemetry_service.imports.modes import Mode, Verdict
from telemetry_service.points.queries import known_points
from telemetry_service.raw.variables import COLLECTED

NOT_STORED = 2


class Command(BaseCommand):
    help = "Anota una lectura tomada a mano."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--point", required=True, help="el código o el id del punto")
        parser.add_argument("--variable", required=True, choices=[code.value for code in COLLECTED])
        parser.add_argument("--time", required=True, help="2024-03-25T17:00:00-03:00, o la hora local de --zone")
        parser.add_argument("--zone", default="America/Santiago")
        parser.add_argument("--value", required=True)
        parser.add_argument("--unit", default="")
        parser.add_argument("--note", required=True, help="de dónde viene la lectura")
        parser.add_argument("--mode", choices=[mode.value for mode in MODES], default=Mode.INSERT.value)
        add_author(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        written = _written(options)
        try:
            batch, _ = add_readings(
                readings=[written],
                mode=Mode(options["mode"]),
                note=options["note"],
                who=who_types(options["author"]),
                now=clock.now(),
            )
        except StackError as error:
            raise CommandError(str(error)) from error
        (said,) = (batch.report or {})["verdicts"]
        self.stdout.write(f"{batch.id}: {said['verdict']} {said['reason']}".strip())
        if said["verdict"] not in (Verdict.STORED, Verdict.DUPLICATE):
            sys.exit(NOT_STORED)


def _written(options: dict[str, Any]) -> Written:
    try:
        point = PointBook(KnownPoint(one.id, one.code) for one in known_points().values()).find(options["point"])
        at = TimeReader(zone=zone_of(options["zone"])).read(options["time"])
        value = number_text(options["value"], NumberForm())
        return Written(point.id, options["variable"], at, value, options["unit"])
    except CellProblem as problem:
        raise CommandError(f"{problem.problem} ⇒ {problem.expected}") from problem
    except ValueError as error:
        raise CommandError(f"--zone {options['zone']!r} no se conoce ⇒ America/Santiago o UTC-4") from error
