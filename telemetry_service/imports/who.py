"""Who asks, and for what."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Who:
    """`points` None is all of them. Only a person may replace what devices said."""

    actor: str
    points: frozenset[UUID] | None
    is_person: bool

    @property
    def point_names(self) -> list[str] | None:
        """As an import keeps them."""
        return None if self.points is None else sorted(str(point) for point in self.points)
