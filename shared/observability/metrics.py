"""Prometheus metrics that are right under several gunicorn and Celery processes.

With `PROMETHEUS_MULTIPROC_DIR` every process writes its own files there and whoever is asked adds them up.
Labels hold names from closed lists (a route, a task, an outcome), never an id or anything a stranger chose.
"""

import os

from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("stack_http_requests", "Requests answered.", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram("stack_http_request_seconds", "Time to answer a request.", ["service", "method", "route"])
TASKS = Counter("stack_tasks", "Tasks run.", ["service", "task", "outcome"])
TASK_SECONDS = Histogram("stack_task_seconds", "Time a task took.", ["service", "task"])
SWEEP_ROWS = Counter("stack_sweep_rows", "Rows that the sweep handled.", ["service", "step"])
SWEEP_FAILURES = Counter("stack_sweep_failures", "Sweep steps that failed.", ["service", "step"])


def exposition(request: HttpRequest) -> HttpResponse:
    """`GET /metrics`, for Prometheus inside the network; nginx does not let it out."""
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
