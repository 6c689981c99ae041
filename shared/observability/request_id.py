"""The id that ties together everything one request or task caused, across services."""

import re
from contextvars import ContextVar
from random import getrandbits

HEADER = "X-Request-ID"
SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_task_id: ContextVar[str] = ContextVar("task_id", default="")


def current_request_id() -> str:
    return _request_id.get()


def current_task_id() -> str:
    return _task_id.get()


def begin_request(given: str | None = None) -> str:
    """The caller's id when it is a harmless one, else a new one."""
    value = given if given and SAFE.fullmatch(given) else f"{getrandbits(128):032x}"
    _request_id.set(value)
    return value


def begin_task(task_id: str, request_id: str | None) -> None:
    _task_id.set(task_id)
    begin_request(request_id)


def end() -> None:
    _task_id.set("")
    _request_id.set("")
