"""What a source's keys mean, changed. Raw rows stay as they are; what is made of them is made anew."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from telemetry_service.raw.models import Series
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.queries import first_reading_at


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which variable a key is, and whose key: see Series."""

    variable: str
    origin: str


def remap_series(
    *,
    source_id: UUID,
    point_id: UUID,
    keys: Mapping[str, Mapped],
    rank: int,
    holds_s: int,
    withdraw: Collection[str] = (),
    now: datetime,
) -> None:
    """From now on the source is read for `keys`, and for no others. To be called inside a transaction.

    A key that is left out is asked for no more and speaks on, unless it is one of `withdraw`: that one never was this
    point's. A key that means another variable now meant it all along: a meaning has no dates.
    """
    known = {one.key: one for one in Series.objects.select_for_update().filter(source_id=source_id)}
    before = {key: _meaning(one) for key, one in known.items()}
    _let_go(known.values(), withdraw, now)
    for key, mapped in keys.items():
        one = known.setdefault(key, Series(source_id=source_id, key=key))
        one.point_id, one.variable, one.origin = point_id, mapped.variable, mapped.origin
        one.rank, one.holds_s, one.withdrawn_at, one.retired_at = rank, holds_s, None, None
        one.save()
    if any(before.get(key, _meaning(one)) != _meaning(one) for key, one in known.items()):
        _process_again(point_id, now)


def name_origins(*, source_id: UUID, origins: Mapping[str, str]) -> None:
    """Whose keys they are, said anew: the account shows itself in another way, what was read stays what it is."""
    for one in Series.objects.select_for_update().filter(source_id=source_id, key__in=list(origins)):
        if one.origin != origins[one.key]:
            one.origin = origins[one.key]
            one.save(update_fields=["origin"])


def _let_go(known: Iterable[Series], withdraw: Collection[str], now: datetime) -> None:
    """First all of them: two keys may change places, and no variable is read twice in between."""
    for one in known:
        one.retired_at = one.retired_at or now
        one.withdrawn_at = one.withdrawn_at or (now if one.key in withdraw else None)
        one.save()


def _process_again(point_id: UUID, now: datetime) -> None:
    first = first_reading_at(point_id)
    if first is not None:
        request_processing(point_id=point_id, from_time=first, now=now)


def _meaning(one: Series) -> tuple[str, int, int, bool]:
    return one.variable, one.rank, one.holds_s, one.withdrawn_at is not None
