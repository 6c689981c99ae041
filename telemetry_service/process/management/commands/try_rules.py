"""`manage.py try_rules`: how often thresholds would have fired on a point's past. Writes nothing."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared import clock
from shared.errors import StackError
from telemetry_service.process.management.asked import asked_point
from telemetry_service.process.trial import Fired, Trial
from telemetry_service.process.trying import JUDGED, MOST_DAYS, try_thresholds


class Command(BaseCommand):
    help = "Prueba umbrales de calidad sobre el pasado de un punto, sin cambiar nada."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--point", required=True, help="el código o el id del punto")
        parser.add_argument("--variable", required=True, choices=JUDGED)
        parser.add_argument("--tests", required=True, help='p. ej. {"spike": {"suspect": 0.5}}; {} deja lo que hay')
        parser.add_argument("--days", type=int, default=MOST_DAYS, help=f"los últimos días, hasta {MOST_DAYS}")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"--days {options['days']}: de 1 a {MOST_DAYS}")
        point_id = asked_point(options["point"])
        try:
            said = json.loads(options["tests"])
            trial = try_thresholds(
                point_id=point_id, variable=options["variable"], said=said, days=options["days"], now=clock.now()
            )
        except json.JSONDecodeError as error:
            raise CommandError(f'--tests no es JSON ⇒ {{"spike": {{"suspect": 0.5}}}} ({error})') from error
        except StackError as error:
            raise CommandError(" ⇒ ".join([error.detail, *(one.expected for one in error.errors)])) from error
        self._show(trial)

    def _show(self, trial: Trial) -> None:
        self.stdout.write(
            f"{trial.readings} lecturas; buenas {trial.good_now} → {trial.good}: "
            f"{trial.held} quedarían retenidas, {trial.freed} libres"
        )
        for fired in trial.fired:
            self._show_fired(fired)

    def _show_fired(self, fired: Fired) -> None:
        self.stdout.write(f"{fired.reason}: {fired.readings} (ahora {fired.readings_now}) en {len(fired.days)} días")
        for day, readings in fired.days.items():
            self.stdout.write(f"  {day}  {readings}")
        for one in fired.examples:
            self.stdout.write(f"  p. ej. {one.time.isoformat()}  {one.value:g}  {one.quality_now} → {one.quality}")
