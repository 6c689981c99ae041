"""Logs are JSON lines on standard error, with the service, the request and the task they belong to."""

from typing import Any


def logging_settings(service: str, *, level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "shared.observability.logging.JsonFormatter", "service": service}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # These write whole addresses, and the address of a thethings.iO resource is a secret.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # A line for every message received and done: rows and metrics say it better.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
        },
    }
