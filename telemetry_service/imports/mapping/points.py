"""From what a file calls a point to the point."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from telemetry_service.imports.files.cells import CellProblem


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """`holds_s` is how many seconds lie between two of its readings, 0 where nobody said."""

    id: UUID
    code: str
    holds_s: int = 0


class PointBook:
    """The points that whoever sent the file may write to. One that he may not see is as one that is not there."""

    def __init__(self, points: Iterable[KnownPoint]) -> None:
        self.by_id = {point.id: point for point in points}
        self._names: dict[str, list[KnownPoint]] = {}
        for point in self.by_id.values():
            for name in (point.code.strip().casefold(), str(point.id)):
                self._names.setdefault(name, []).append(point)

    def find(self, text: str) -> KnownPoint:
        """By code or id. Raises CellProblem."""
        found = self._names.get(text.strip().casefold(), [])
        if len(found) == 1:
            return found[0]
        if not text.strip():
            raise CellProblem("falta el punto", "el código de un punto")
        problem = "dos puntos tienen ese código" if found else "no existe ese punto, o usted no tiene acceso a él"
        raise CellProblem(problem, "el código o el id de un punto suyo")
