"""After a change the other services are told to look, soon. Without it they look every minute anyway."""

from importlib import import_module

from django.conf import settings
from django.db import transaction

from shared.jobs.celery import nudge


def hint_after_commit() -> None:
    transaction.on_commit(_nudge)


def _nudge() -> None:
    # The pipeline stands above this folder: found by its name in the settings, not imported.
    nudge(import_module(settings.PIPELINE_MODULE).send_change_hints)
