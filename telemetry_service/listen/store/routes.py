"""Where a reading of a device goes. No database: a device's routes and what its sources know are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Target:
    """A source that devices may be heard for. `is_asked`: its provider's history is read anyway."""

    source_id: UUID
    point_id: UUID
    is_live: bool
    is_asked: bool
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a route leads: no `target` means that nobody wants it."""

    target: Target | None
    key: str = ""


class Nowhere(Enum):
    UNWANTED = "unwanted"
    UNKNOWN_KEY = "unknown_key"
    NOT_LIVE = "not_live"


@dataclass(frozen=True, slots=True)
class Known:
    """A device: its routes by key, that of the empty key for all others."""

    device_id: UUID
    routes: Mapping[str, Leads] = field(default_factory=dict)

    def way(self, key: str) -> tuple[Target, str] | Nowhere:
        """The source and what the key is called there."""
        own = self.routes.get(key) if key else None
        leads = own or self.routes.get("")
        if leads is None:
            return Nowhere.UNKNOWN_KEY
        if leads.target is None:
            return Nowhere.UNWANTED
        called = leads.key or key
        if called not in leads.target.keys:
            return Nowhere.UNKNOWN_KEY
        return (leads.target, called) if leads.target.is_live else Nowhere.NOT_LIVE


def addressed(target: Target) -> Known:
    """A message that was heard for one source alone."""
    return Known(target.source_id, {"": Leads(target)})
