"""Which source and key a row means. Kept in memory as long as nothing of it changes, which the database tells."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from telemetry_service.providers.models import ProviderType
from telemetry_service.push.read.said import Name
from telemetry_service.raw.lots import Place, make_place
from telemetry_service.raw.queries import reaches_of
from telemetry_service.sources.models import State

Version = tuple[int, int]
MOST_NAMES = 50_000
MOST_HOLDERS = 4096
LENGTH = 36  # of a UUID as it is usually written
# Triggers write a row whenever what a name means may have changed; sum and count together are never the same again.
VERSION = "SELECT count(*), coalesce(sum(id), 0)::bigint FROM push_source_change"
# Not by an OR, which would read every source and every point.
FOUND = """
SELECT source.id, source.point_id, point.code, source.state, provider.is_active, provider.type
  FROM (SELECT id FROM source WHERE id = ANY(%s::uuid[])
        UNION
        SELECT source.id FROM point JOIN source ON source.point_id = point.id WHERE point.code = ANY(%s)) AS said
  JOIN source ON source.id = said.id
  JOIN point ON point.id = source.point_id JOIN provider ON provider.id = source.provider_id
 ORDER BY source.id
"""
KEYS = """
SELECT source_id, key, variable, point_id FROM raw_series
 WHERE source_id = ANY(%s::uuid[]) AND withdrawn_at IS NULL AND retired_at IS NULL
"""


class Target(NamedTuple):
    """Where a row goes, and the point whose measurements are made of it."""

    place: Place
    point_id: UUID


@dataclass(frozen=True, slots=True)
class Known:
    """A source by what a push needs of it. A source may say one variable of several points: then by its key alone."""

    source_id: UUID
    point_id: UUID
    is_live: bool
    is_pushed: bool
    keys: Mapping[str, Target]
    variables: Mapping[str, Target | None]


@dataclass(frozen=True, slots=True)
class Directory:
    """What names mean at a version: a source by its id, or all those of a point by its code."""

    version: Version
    named: dict[str, tuple[Known, ...]] = field(default_factory=dict)
    _targets: dict[Hashable, dict[Name, Target]] = field(default_factory=dict)
    _reaches: dict[UUID, timedelta] = field(default_factory=dict)

    def targets_of(self, holder: Hashable) -> dict[Name, Target]:
        """What this holder's rows were found to mean: to be added to."""
        found = self._targets.get(holder)
        if found is None or len(found) > MOST_NAMES:
            if len(self._targets) >= MOST_HOLDERS:
                self._targets.clear()
            found = self._targets[holder] = {}
        return found

    def reaches(self, point_ids: Collection[UUID]) -> Mapping[UUID, timedelta]:
        """As raw.queries.reaches_of."""
        missing = [one for one in point_ids if one not in self._reaches]
        if missing:
            if len(self._reaches) + len(missing) > MOST_NAMES:
                self._reaches.clear()
                missing = list(point_ids)
            self._reaches.update(dict.fromkeys(missing, timedelta(0)) | reaches_of(missing))
        return self._reaches

    def look_up(self, names: Collection[str]) -> dict[str, tuple[Known, ...]]:
        """Each of these; what is not known yet is asked for, all at once."""
        found = {name: known for name in names if (known := self.named.get(name)) is not None}
        missing = [name for name in names if name not in found]
        if missing:
            new = dict.fromkeys(missing, ()) | _find(missing)
            if len(self.named) + len(new) > MOST_NAMES:
                self.named.clear()
            self.named.update(new)
            found |= new
        return found


_current = Directory((-1, -1))


def current() -> Directory:
    """As it is known here; whoever stores by it makes sure that its version still holds."""
    return _current if _current.version != (-1, -1) else directory_of(version_now())


def directory_of(version: Version) -> Directory:
    """The one kept, or a new one where that is of another version."""
    global _current
    if _current.version != version:
        _current = Directory(version)
    return _current


def version_now() -> Version:
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        count, total = cursor.fetchone()
        return count, total


def _find(names: Collection[str]) -> dict[str, tuple[Known, ...]]:
    ids = {source_id: name for name in names if (source_id := _uuid(name))}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [[str(one) for one in ids], list(names)])
        rows = cursor.fetchall()
        cursor.execute(KEYS, [[str(row[0]) for row in rows]])
        keys: dict[UUID, list[tuple[str, str, UUID]]] = {}
        for source_id, *said in cursor.fetchall():
            keys.setdefault(source_id, []).append((said[0], said[1], said[2]))
    found: dict[str, tuple[Known, ...]] = {}
    for source_id, point_id, code, state, is_active, kind in rows:
        is_live = state == State.ACTIVE and is_active
        known = _known(source_id, point_id, is_live, kind == ProviderType.PUSH, keys.get(source_id, ()))
        for name in {ids.get(source_id), code} & set(names):
            found[name] = (*found.get(name, ()), known)
    return found


def _known(
    source_id: UUID, point_id: UUID, is_live: bool, is_pushed: bool, keys: Iterable[tuple[str, str, UUID]]
) -> Known:
    by_key: dict[str, Target] = {}
    by_variable: dict[str, Target | None] = {}
    for key, variable, of_point in keys:
        by_key[key] = Target(make_place(source_id, key), of_point)
        by_variable[variable] = None if variable in by_variable else by_key[key]
    return Known(source_id, point_id, is_live, is_pushed, by_key, by_variable)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name) if len(name) == LENGTH else None
    except ValueError:
        return None
