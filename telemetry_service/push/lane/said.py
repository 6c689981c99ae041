"""What the worker and the door tell each other of a push."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Came(NamedTuple):
    """A push by its WSGI headers. `began`: when it began to come, by the monotonic clock."""

    meta: Mapping[str, str]
    body: bytes
    began: float


class Answer(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    content: bytes


class TakesTogether(Protocol):
    """A WSGI application that can answer pushes together: see telemetry_service.push.door."""

    def takes(self, meta: Mapping[str, str]) -> bool: ...
    def together(self, came: Sequence[Came]) -> list[Answer]: ...
