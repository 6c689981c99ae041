"""`manage.py pack_months [--before YYYY-MM]`: months that are over, in the order in which they are read."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from shared import clock
from shared.db.partitions import pack_before
from telemetry_service.measurements.store import PARTITIONED

# Late readings of the month before are usual for some days more.
SETTLED = timedelta(days=10)


class Command(BaseCommand):
    help = "Ordena los meses ya terminados de mediciones como se leen. Cada mes queda bloqueado mientras se ordena."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", help="solo los meses anteriores a este, como 2026-01")

    def handle(self, *args: Any, **options: Any) -> None:
        before = date.fromisoformat(f"{options['before']}-01") if options["before"] else None
        month = before or (clock.now() - SETTLED).date()
        packed = [child for table in PARTITIONED for child in pack_before(connection, table, month)]
        self.stdout.write("\n".join([*packed, f"{len(packed)} meses ordenados"]))
