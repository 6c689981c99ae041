"""A client's connection while the worker's loop looks after it."""

from typing import Any

from gunicorn.workers.gthread import TConn


class Connection(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """`data`: what came of the next request. `is_busy`: a push of it waits for its answer."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.data = b""
        self.needs = 0  # how long `data` must be before it is worth another look
        self.is_busy = False
        self.is_paused = False  # nobody reads it meanwhile
        self.since = 0.0  # when what came of the next request began to come
