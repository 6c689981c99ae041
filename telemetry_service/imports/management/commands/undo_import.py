"""`manage.py undo_import`: an import is heard no more, or with --redo heard again. Nothing is deleted."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from shared.errors import StackError
from telemetry_service.imports import operations, queries
from telemetry_service.imports.management.people import add_author, who_types


class Command(BaseCommand):
    help = "Deshace una carga de lecturas, o con --redo la hace valer de nuevo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=UUID)
        parser.add_argument("--note", required=True, help="por qué")
        parser.add_argument("--redo", action="store_true")
        add_author(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        who = who_types(options["author"])
        act = operations.redo if options["redo"] else operations.undo
        try:
            batch = queries.find_import(import_id=options["id"], who=who)
            batch = act(batch=batch, note=options["note"], who=who, now=clock.now())
        except StackError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{batch.id}: {batch.get_state_display()}")
