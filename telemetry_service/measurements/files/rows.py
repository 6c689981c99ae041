"""What every format writes: the same columns in the same order, and a place to write them that hands them on."""

from collections.abc import Iterator
from datetime import datetime
from io import RawIOBase
from typing import Any, NamedTuple

PIECE = 64 * 1024


class Fields(NamedTuple):
    """A row of a file. `value` is a number, a text, a truth or nothing; instants are in UTC."""

    point: str
    code: str
    variable: str
    time: datetime
    value: float | str | bool | None
    unit: str
    quality: int
    quality_label: str
    reasons: list[str]
    known_since: datetime


HEADER = Fields._fields


class Drain(RawIOBase):
    """A file that can only be written, and holds what was until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._held = self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._held += len(piece)
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def take(self, *, at_least: int = 1) -> Iterator[bytes]:
        """What is held, in one piece, if it is that much."""
        if self._held >= at_least:
            held, self._pieces, self._held = b"".join(self._pieces), [], 0
            yield held
