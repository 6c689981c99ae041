"""How prometheus_client names the files of each process. Must run before the first metric is made."""

import os
import socket

from prometheus_client import values


def name_files_by_process() -> None:
    """By host and id: in containers that share a folder every process may have the id 1."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(process_name)


def process_name() -> str:
    return f"{socket.gethostname().replace('_', '-')}-{os.getpid()}"
