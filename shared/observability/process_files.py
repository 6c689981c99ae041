"""How prometheus_client names the files of each process. Must run before the first metric is made."""

import os
import socket

from prometheus_client import values


def name_files_by_process() -> None:
    """By host and id: in containers that share a folder every process may have the id 1."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        values.ValueClass = values.MultiProcessValue(process_name)


# Once: every figure that is noted asks for it, and while the system is asked the other threads stand in line.
HOST = socket.gethostname().replace("_", "-")


def process_name() -> str:
    return f"{HOST}-{os.getpid()}"
