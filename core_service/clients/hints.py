"""After a change the other services are told to look, soon. Without it they look every minute anyway."""

from functools import partial
from importlib import import_module

from django.conf import settings
from django.db import transaction

from shared.jobs.celery import nudge


def hint_after_commit(task: str) -> None:
    """`task` is the pipeline's, by its name there."""
    transaction.on_commit(partial(_nudge, task))


def _nudge(task: str) -> None:
    # The pipeline stands above this folder: found by its name in the settings, not imported.
    nudge(getattr(import_module(settings.PIPELINE_MODULE), task))
