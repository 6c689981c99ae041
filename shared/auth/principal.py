"""Who is asking: a frozen answer that the whole request carries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    # When this person last showed the password; None where nobody can say (a service, an old session).
    proved_at: datetime | None = None

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

    def has_proved(self, *, within: timedelta, now: datetime) -> bool:
        """Whether a person showed the password that recently."""
        return self.kind == "user" and self.proved_at is not None and now - self.proved_at <= within

    def may_see(self, point_id: UUID) -> bool:
        return self.points is None or point_id in self.points
