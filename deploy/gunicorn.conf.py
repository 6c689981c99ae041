"""How gunicorn runs a service: one process with threads by default, more where the machine has cores to spare."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 30
max_requests = 50_000
max_requests_jitter = 5_000
control_socket_disable = True
