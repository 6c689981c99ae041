"""What a person does about gaps: asks for a search, says why one stays empty, or how often a device measures."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shared.errors import Conflict, NotFound, invalid
from telemetry_service.gaps.models import Gap, Rhythm
from telemetry_service.gaps.moves import may_move, move
from telemetry_service.gaps.queries import watched_series
from telemetry_service.gaps.reach import reaches_of
from telemetry_service.gaps.reconcile import hold
from telemetry_service.gaps.rhythms import say_rhythm
from telemetry_service.gaps.states import BY_A_PERSON, Cause, GapState, Kind
from telemetry_service.sources.models import Source

# What a person may open again; what is open or being searched is at it already.
REOPENED = (GapState.SEARCHED_EMPTY, GapState.NO_HISTORY, GapState.GIVEN_UP, GapState.CLOSED)


def search_again(
    *,
    source_id: UUID,
    points: Collection[UUID] | None,
    keys: Collection[str],
    start: datetime,
    end: datetime,
    actor: str,
    now: datetime,
) -> list[Gap]:
    """Has `start` to `end` searched at the provider, whatever was found before. `keys` empty: every key of the source.

    `points`: those that whoever asks may see, None for all.
    """
    source = _source(source_id, points)
    asked = _keys(source, keys)
    if end > now:
        raise invalid("to", "está en el futuro", received=end.isoformat(), expected="un instante pasado")
    with transaction.atomic():
        hold()
        verdict = reaches_of([source.id])[source.id].verdict(end, now)
        if verdict:
            raise Conflict(f"No hay dónde buscar: {verdict[1].label}.")
        found = [_ask(source, key, start, end, actor, now) for key in asked]
    return [gap for of_key in found for gap in of_key]


def close_gap(
    *, gap_id: int, points: Collection[UUID] | None, reason: Cause, note: str, actor: str, now: datetime
) -> Gap:
    """Nobody searches it any more, for a reason that a person stands for. Readings that come all the same reopen it."""
    if reason not in BY_A_PERSON:
        raise ValueError(f"{reason} is no reason of a person's")
    with transaction.atomic():
        hold()
        gap = Gap.objects.filter(id=gap_id).select_related("source").first()
        if gap is None or not _sees(points, gap.source):
            raise NotFound("No existe esa brecha.")
        before = GapState(gap.state)
        if not may_move(before, GapState.CLOSED):
            raise Conflict(f"La brecha está {before.label}: no se puede cerrar.")
        move(ids=[gap_id], before=before, after=GapState.CLOSED, cause=reason, now=now, by=actor, note=note)
    gap.refresh_from_db()
    return gap


def change_rhythm(
    *,
    source_id: UUID,
    points: Collection[UUID] | None,
    valid_from: datetime,
    cadence_s: int | None,
    tolerance_pct: int,
    actor: str,
    now: datetime,
) -> Rhythm:
    source = _source(source_id, points)
    return say_rhythm(
        source_id=source.id,
        valid_from=valid_from,
        cadence_s=cadence_s,
        tolerance_pct=tolerance_pct,
        actor=actor,
        now=now,
    )


def _ask(source: Source, key: str, start: datetime, end: datetime, actor: str, now: datetime) -> list[Gap]:
    """Gaps that reach into the stretch are opened; what no gap covers is asked for as it stands."""
    there = Gap.objects.filter(source=source, key=key, from_time__lt=end, to_time__gt=start)
    there = there.exclude(state=GapState.FILLED)
    for state in REOPENED:
        ids = list(there.filter(state=state).values_list("id", flat=True))
        anew: dict[str, Any] = {"tries": 0, "searched_to": None, "next_try_at": now}
        move(ids=ids, before=state, after=GapState.OPEN, cause=Cause.ASKED, now=now, by=actor, **anew)
    there.filter(state=GapState.OPEN).update(next_try_at=now)
    if not there.filter(from_time__lte=start, to_time__gte=end).exists():
        Gap.objects.create(
            source=source,
            key=key,
            kind=Kind.ASKED,
            from_time=start,
            to_time=end,
            missing=0,
            cadence_s=0,
            state=GapState.OPEN,
            cause=Cause.ASKED,
            next_try_at=now,
            opened_at=now,
            opened_by=actor,
        )
    return list(there.order_by("from_time", "id"))


def _source(source_id: UUID, points: Collection[UUID] | None) -> Source:
    source = Source.objects.filter(id=source_id).first()
    if source is None or not _sees(points, source):
        raise NotFound("No existe esa fuente.")
    return source


def _sees(points: Collection[UUID] | None, source: Source) -> bool:
    return points is None or source.point_id in points


def _keys(source: Source, keys: Collection[str]) -> Sequence[str]:
    known = sorted(key for _, key in watched_series([source.id]))
    unknown = sorted(set(keys) - set(known))
    if unknown:
        raise invalid("keys", "la fuente no tiene esas claves", received=", ".join(unknown), expected=", ".join(known))
    return sorted(keys) or known
