"""`manage.py verify_ledger`: the whole ledger against itself, its roots and the tables it tells of."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from compliance_service.ledger.check import check_everything


class Command(BaseCommand):
    help = "Comprueba todo el libro y que las tablas digan lo mismo. Termina con 1 si algo no calza."

    def handle(self, *args: Any, **options: Any) -> None:
        count = problems = 0
        for checked in check_everything():
            count += checked.last - checked.first + 1
            problems += len(checked.problems)
            for problem in checked.problems:
                self.stdout.write(f"asiento {problem.seq}: {problem.problem}" if problem.seq else problem.problem)
        self.stdout.write(f"{count} asientos, {problems} problemas")
        if problems:
            sys.exit(1)
