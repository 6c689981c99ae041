"""`manage.py rebuild_rollups [--point ID …]`: latest values, hours and days made anew from all measurements."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from telemetry_service.measurements.store import measured_points, rebuild


class Command(BaseCommand):
    help = "Rehace los últimos valores, las horas y los días de cada punto desde sus mediciones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--point", action="append", type=UUID, default=[], help="solo este punto (se puede repetir)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        points = options["point"] or measured_points()
        for point in points:
            rebuild(point_id=point)
        self.stdout.write(f"{len(points)} puntos")
