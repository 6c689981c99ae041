"""Who pushes: a frozen answer that the whole request carries. Plain Python."""

from dataclasses import dataclass
from uuid import UUID

PUSH = "telemetry:push"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A device, or whoever stands before many of them.

    `sources` are those the key names, `points` those of which it may push every source. None where it names none:
    unlike a person's, a None here opens nothing.
    """

    key_id: UUID
    name: str
    sources: frozenset[UUID] | None
    points: frozenset[UUID] | None

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return True

    @property
    def actor(self) -> str:
        """How a write names its author."""
        return f"key:{self.name}"

    def has(self, scope: str) -> bool:
        """A key does one thing."""
        return scope == PUSH

    def may_push(self, source_id: UUID, point_id: UUID) -> bool:
        by_source = self.sources is not None and source_id in self.sources
        return by_source or (self.points is not None and point_id in self.points)
