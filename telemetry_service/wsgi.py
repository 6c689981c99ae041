import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemetry_service.settings")
rest = get_wsgi_application()

from telemetry_service import pipeline as pipeline  # noqa: E402 whoever answers also sends messages
from telemetry_service.push.door import Door  # noqa: E402 the apps must be there before

application = Door(rest)
