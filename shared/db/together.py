"""Statements that need no answer, sent in one round trip: what takes a part of a millisecond waits mostly for that."""

from typing import Any


class Together:
    """`execute` as of a cursor, but nothing is sent before `send`. What fails, fails there."""

    def __init__(self) -> None:
        self._said: list[tuple[str, Any]] = []

    def execute(self, statement: str, params: Any = None) -> None:
        self._said.append((statement, params))

    def send(self, cursor: Any) -> None:
        """On Django's cursor; its row count is the last statement's."""
        if self._said:
            cursor.execute(";".join(cursor.mogrify(*one).decode() for one in self._said))
        self._said = []
