"""How gunicorn runs a service: one process with threads by default, more where the machine has cores to spare."""

import os
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 30
max_requests = 50_000
max_requests_jitter = 5_000
control_socket_disable = True


def child_exit(server: Any, worker: Any) -> None:
    """A worker process ended: what it measured stays, what it showed as current goes."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
