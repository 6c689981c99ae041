"""Who is asking: a frozen answer that the whole request carries."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a service, what it may do and which points it may see.

    `points` is None for whoever may see them all.
    """

    kind: Literal["user", "service"]
    subject: str
    name: str
    scopes: frozenset[str]
    points: frozenset[UUID] | None = frozenset()

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return True

    @property
    def actor(self) -> str:
        """How a write names its author."""
        return f"{self.kind}:{self.name}"

    def has(self, scope: str) -> bool:
        return scope in self.scopes

    def may_see(self, point_id: UUID) -> bool:
        return self.points is None or point_id in self.points
