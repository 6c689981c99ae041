"""How gunicorn runs a service: one process with threads by default, more where the machine has cores to spare."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 30
limit_request_field_size = 32_768  # a token names the points that its owner may see
max_requests = 50_000
max_requests_jitter = 5_000
control_socket_disable = True
