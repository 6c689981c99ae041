"""What configuration a point has when, of its own and of the templates it uses, and which versions say so.

Plain Python. Versions are never changed: where what is said now is not what holds, another version says it from
there on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from core_service.catchment.schemas.merge import deep_merge
from core_service.catchment.versions import version_at

THE_BEGINNING = datetime.min.replace(tzinfo=UTC)
Config = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A version of something: what it says from `valid_from` (None: always) to the next one's."""

    version: int
    valid_from: datetime | None
    config: Config


@dataclass(frozen=True, slots=True)
class Use:
    """A template in use from `valid_from` (None: always) until `valid_to` (None: on and on)."""

    template: UUID
    valid_from: datetime | None
    valid_to: datetime | None

    def holds(self, at: datetime) -> bool:
        return (self.valid_from or THE_BEGINNING) <= at and (self.valid_to is None or at < self.valid_to)


class Addition(NamedTuple):
    """A version to be made. `custom`: what the point says of its own from here on, where this version says so."""

    valid_from: datetime | None
    config: Config
    custom: Config | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that was said about one point."""

    published: Sequence[Said]
    own: Sequence[Said]
    uses: Sequence[Use] = ()
    templates: Mapping[UUID, Sequence[Said]] = field(default_factory=dict)

    def config_at(self, at: datetime) -> Config:
        own = version_at(self.own, at)
        mine = own.config if own else {}
        use = next((one for one in self.uses if one.holds(at)), None)
        base = version_at(self.templates[use.template], at) if use else None
        return deep_merge(base.config, mine) if base else mine

    def changes_at(self) -> list[datetime]:
        """Every instant from which something may hold that did not before."""
        times = [one.valid_from for one in (*self.published, *self.own)]
        for use in self.uses:
            times += [use.valid_from, use.valid_to]
            times += [one.valid_from for one in self.templates[use.template]]
        return sorted({THE_BEGINNING, *(time for time in times if time is not None)})


def additions(history: History, *, entered: Said | None = None) -> list[Addition]:
    """The versions that make what is published say what `history` says, at every instant.

    `entered`: what the point says of its own now. It is a version of its own, even where it changes nothing.
    """
    own = [*history.own, entered] if entered else history.own
    wanted = History(history.published, own, history.uses, history.templates)
    published, found = list(history.published), list[Addition]()
    for at in wanted.changes_at():
        start = None if at == THE_BEGINNING else at
        config, holding = wanted.config_at(at), version_at(published, at)
        is_entered = entered is not None and (entered.valid_from or THE_BEGINNING) == at
        if not is_entered and config == (holding.config if holding else {}):
            continue
        found.append(Addition(start, config, entered.config if entered and is_entered else None))
        published.append(Said(_next(published), start, config))
    return found


def _next(published: Iterable[Said]) -> int:
    return max((one.version for one in published), default=0) + 1
