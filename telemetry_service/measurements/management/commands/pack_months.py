"""`manage.py pack_months [--before YYYY-MM]`: months that are over, in the order in which they are read."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shared import clock
from telemetry_service.measurements.packing import pack_months


class Command(BaseCommand):
    help = "Ordena los meses ya terminados de mediciones como se leen. Cada mes queda bloqueado mientras se ordena."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", help="solo los meses anteriores a este, como 2026-01")

    def handle(self, *args: Any, **options: Any) -> None:
        before = date.fromisoformat(f"{options['before']}-01") if options["before"] else None
        packed = pack_months(now=clock.now(), before=before)
        self.stdout.write("\n".join([*packed, f"{len(packed)} meses ordenados"]))
