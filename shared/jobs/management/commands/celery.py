"""`manage.py celery worker …`, `manage.py celery beat …`: Celery's own command line, with Django set up before.

`celery -A …` would import the pipeline, and with it the models, before Django is ready for them.
"""

from collections.abc import Sequence
from importlib import import_module

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Ejecuta la línea de comandos de Celery con la aplicación de este servicio."

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Everything after `celery` is Celery's to read."""
        import_module(settings.PIPELINE_MODULE).app.start(list(argv[2:]))
