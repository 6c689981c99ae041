"""`manage.py sweep`: does from the rows what messages would have asked for."""

import json
import signal
import sys
import threading
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from shared import clock
from shared.jobs.sweep import Sweep

TICK_S = 5.0
EVERYTHING = "all"  # the line that asks for every step, due or not


class Command(BaseCommand):
    help = "Recorre las filas pendientes sin necesitar el broker."

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="una pasada por todos los pasos")
        how.add_argument("--lockstep", action="store_true", help="una pasada por cada línea de entrada («all»: todo)")
        parser.add_argument("--tell", help="en --lockstep, una línea cuando este paso está hecho, antes de los demás")
        parser.add_argument("--without", action="append", default=[], help="un paso que solo se da con «all»")

    def handle(self, *args: Any, **options: Any) -> None:
        sweep = Sweep(import_module(settings.PIPELINE_MODULE).SWEEP, frozenset(options["without"]))
        if options["once"]:
            report = sweep.walk(clock.now(), everything=True)
            self.stdout.write(json.dumps(report))
            if report["failed"]:
                sys.exit(1)
        elif options["lockstep"]:
            self._follow_lines(sweep, options["tell"])
        else:
            self._follow_clock(sweep)

    def _follow_lines(self, sweep: Sweep, tell: str | None) -> None:
        def passed(step: str) -> None:
            if step == tell:
                self._say({"passed": step})

        for line in sys.stdin:
            self._say(sweep.walk(clock.now(), everything=line.strip() == EVERYTHING, passed=passed))

    def _say(self, said: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(said))
        self.stdout.flush()

    def _follow_clock(self, sweep: Sweep) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            sweep.walk(clock.now())
            stopping.wait(TICK_S)
