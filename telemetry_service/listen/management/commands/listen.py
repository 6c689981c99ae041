"""`manage.py listen`: hears the accounts that nobody asks."""

import signal
import threading
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shared.jobs.celery import nudge
from shared.jobs.nudger import Nudger
from telemetry_service.listen.connections.listener import Listener
from telemetry_service.listen.connections.shards import Shard, read_shard

TASK = "process_backlog_task"


class Command(BaseCommand):
    help = "Escucha los brokers MQTT de las cuentas activas y guarda lo que publican sus dispositivos."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shard", default="1/1", help="I/N: la parte de las cuentas que oye este proceso")

    def handle(self, *args: Any, **options: Any) -> None:
        task = getattr(import_module(settings.PIPELINE_MODULE), TASK)
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        with Nudger(lambda: nudge(task)) as nudger:
            Listener(_shard(options["shard"]), announce=nudger.soon).run(stopping)


def _shard(text: str) -> Shard:
    try:
        return read_shard(text)
    except ValueError as error:
        raise CommandError(f"--shard: {error}") from error
