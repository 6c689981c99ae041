"""`manage.py export_ledger`: a file for `scripts/verify-ledger`."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance_service.ledger.export import export
from compliance_service.ledger.queries import chains_of
from shared import clock


class Command(BaseCommand):
    help = "Escribe el libro, o el de una obra, en un archivo que se comprueba sin este sistema."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=date.fromisoformat, help="primer día (UTC-4)")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, help="último día (UTC-4)")
        parser.add_argument("--work", default="", help="el código de una obra; sin él, el libro entero")
        parser.add_argument("--output", type=Path, help="el archivo; sin él, la salida estándar")

    def handle(self, *args: Any, **options: Any) -> None:
        chains = chains_of(None, options["work"])
        if not chains:
            raise CommandError(f"No hay una obra {options['work']}.")
        lines = export(chains, start=options["start"], end=options["end"], now=clock.now())
        if options["output"] is None:
            sys.stdout.buffer.writelines(lines)
            return
        with options["output"].open("wb") as file:
            file.writelines(lines)
