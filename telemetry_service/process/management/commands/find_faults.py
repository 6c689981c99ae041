"""`manage.py find_faults`: what the detectors find in a point's past. Writes nothing."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from telemetry_service.process.findings import MOST, findings
from telemetry_service.process.instants import instant
from telemetry_service.process.management.asked import asked_point


class Command(BaseCommand):
    help = "Busca fallas en el pasado de un punto (unidades, factores, totalizador detenido…), sin cambiar nada."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--point", required=True, help="el código o el id del punto")
        parser.add_argument("--days", type=int, default=90, help=f"los últimos días, hasta {MOST.days}")

    def handle(self, *args: Any, **options: Any) -> None:
        days, said = options["days"], options["point"]
        if not 1 <= days <= MOST.days:
            raise CommandError(f"--days {days}: de 1 a {MOST.days}")
        point_id, now = asked_point(said), clock.now()
        found = findings(point_id=point_id, start=now - timedelta(days=days), end=now)
        for one in found:
            self.stdout.write(
                f"{instant(one.first):%Y-%m-%d %H:%M} – {instant(one.last):%Y-%m-%d %H:%M}  {one.name}: {one.says}"
            )
        self.stdout.write(f"{len(found)} hallazgos en {days} días (horas en UTC)")
