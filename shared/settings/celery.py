"""Celery's settings, the same in every service."""

from typing import Any

from shared.settings.env import Env


def celery_settings(env: Env) -> dict[str, Any]:
    return {
        "CELERY_BROKER_URL": env.url("CELERY_BROKER_URL", env.text("REDIS_URL"), schemes=("redis", "rediss", "memory")),
        "CELERY_TASK_IGNORE_RESULT": True,  # what a task did is in rows, nowhere else
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_TASK_TIME_LIMIT": 900,
        "CELERY_TIMEZONE": "America/Santiago",
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        # A message says "look now"; when the broker is away nobody waits for it, the sweep does the work.
        "CELERY_TASK_PUBLISH_RETRY": False,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "visibility_timeout": 3600,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        "CELERY_TASK_CREATE_MISSING_QUEUES": False,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_SEND_TASK_EVENTS": False,
    }
