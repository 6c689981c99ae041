"""Which stretches of history to ask for, and what an answer does with the gaps in them.

Never ahead of the regular poll: whoever claimed a source asks these after its read succeeded, and says what came.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from telemetry_service.gaps.backoff import Outcome, after_answer, after_failure, stretch_to_ask
from telemetry_service.gaps.days import micros
from telemetry_service.gaps.models import Gap
from telemetry_service.gaps.moves import move
from telemetry_service.gaps.queries import speaking
from telemetry_service.gaps.ranges import Range, ranges
from telemetry_service.gaps.reach import Reach, reach_of
from telemetry_service.gaps.reconcile import hold, reconcile
from telemetry_service.gaps.states import WAITING, Cause, GapState, Kind
from telemetry_service.providers.engine.results import FailureClass
from telemetry_service.sources.models import Source

# A round asks an account for no more than this beyond its regular polls; a source for its oldest and its newest gap.
OF_ACCOUNT = 20
# A search that was not settled by now died with its worker.
HELD = timedelta(minutes=20)
DUE = """
SELECT DISTINCT gap.source_id FROM gap
 WHERE gap.source_id = ANY(%(sources)s::uuid[])
   AND (gap.next_try_at <= %(now)s OR (gap.state = 'searching' AND gap.last_searched_at <= %(lost)s))
   AND EXISTS (SELECT FROM raw_series series
                WHERE series.source_id = gap.source_id AND series.key = gap.key AND series.withdrawn_at IS NULL)
 ORDER BY gap.source_id
"""


@dataclass(frozen=True, slots=True)
class SearchWindow:
    """Ask for each key from its start until `end`: these gaps wait for the answer."""

    source_id: UUID
    starts: Mapping[str, datetime]
    end: datetime
    gaps: frozenset[int]


@dataclass(frozen=True, slots=True)
class Found:
    """What asking for a window gave: until when each key's answer is complete, and which keys had readings for us."""

    until: Mapping[str, datetime]
    brought: Collection[str] = ()
    failure: FailureClass | None = None


def next_windows(
    sources: Sequence[Source], *, now: datetime, asked: Counter[UUID] | None = None
) -> dict[UUID, list[SearchWindow]]:
    """Takes the gaps of these sources in hand that are due, the oldest and the newest of each. One query if none is.

    `asked` counts how many windows of each account this round had before, and goes on counting.
    """
    of_account = Counter[UUID]() if asked is None else asked
    healthy = {source.id: source for source in sources if not source.failures}
    waiting = _waiting(healthy, now) if healthy else []
    windows: dict[UUID, list[SearchWindow]] = {}
    if waiting:
        with transaction.atomic():
            hold()
            _take_back(waiting, now)
            for source_id in waiting:
                source = healthy[source_id]
                found = _windows_of(source, OF_ACCOUNT - of_account[source.provider_id], now)
                of_account[source.provider_id] += len(found)
                if found:
                    windows[source_id] = found
    return windows


def _waiting(source_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Those that have a gap that is due. By SQL: it is asked before every poll."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"sources": list(source_ids), "now": now, "lost": now - HELD})
        return [source_id for (source_id,) in cursor.fetchall()]


def _windows_of(source: Source, most: int, now: datetime) -> list[SearchWindow]:
    reach = reach_of(source.provider)
    _let_rest(source, reach, now)
    if reach.window is None:
        return []
    found = [_window(source, reach, now, backwards=backwards) for backwards in (False, True)[: max(most, 0)]]
    return [window for window in found if window]


def _window(source: Source, reach: Reach, now: datetime, *, backwards: bool) -> SearchWindow | None:
    """The oldest or the newest gap that is due, and what lies near it."""
    due = _searchable(source, reach, now).filter(next_try_at__lte=now)
    gap = due.order_by("-begin" if backwards else "begin").first()
    if gap is None or gap.to_time is None or reach.window is None:
        return None
    start, end = stretch_to_ask(gap.begin, gap.to_time, longest=reach.window, backwards=backwards, now=now)
    near = list(_searchable(source, reach, now).filter(begin__gte=start, begin__lt=end).order_by("id"))
    for state in WAITING:
        ids = [one.id for one in near if one.state == state]
        move(ids=ids, before=state, after=GapState.SEARCHING, cause=Cause.UNDER_WAY, now=now, last_searched_at=now)
    starts: dict[str, datetime] = {}
    for one in near:
        starts[one.key] = min(one.begin, starts.get(one.key, one.begin))
    last = max(one.to_time for one in near if one.to_time)
    return SearchWindow(source.id, starts, min(end, last), frozenset(one.id for one in near))


def _searchable(source: Source, reach: Reach, now: datetime) -> QuerySet[Any]:
    """With `begin`: where the search of each begins or goes on."""
    begin: Combinable = Coalesce("searched_to", "from_time")
    if oldest := reach.oldest(now):
        begin = Greatest(begin, Value(oldest))
    waiting = Gap.objects.filter(speaking(), source=source, state__in=WAITING, to_time__isnull=False)
    return waiting.annotate(begin=begin)


def _let_rest(source: Source, reach: Reach, now: datetime) -> None:
    """What the provider has not got, or not any more, is not asked for."""
    waiting = Gap.objects.filter(source=source, state__in=WAITING, to_time__isnull=False)
    if reach.window is not None:
        oldest = reach.oldest(now)
        waiting = waiting.filter(to_time__lte=oldest) if oldest else waiting.none()
    cause = Cause.BEYOND_KEPT if reach.window is not None else Cause.NO_REQUEST
    for state in WAITING:
        ids = list(waiting.filter(state=state).values_list("id", flat=True))
        move(ids=ids, before=state, after=GapState.NO_HISTORY, cause=cause, now=now)


def _take_back(source_ids: Collection[UUID], now: datetime) -> None:
    lost = Gap.objects.filter(source_id__in=source_ids, state=GapState.SEARCHING, last_searched_at__lte=now - HELD)
    _put_off(lost.values_list("id", flat=True), now)


def put_off(windows: Iterable[SearchWindow], *, now: datetime) -> None:
    """These were not asked for: the source's own poll failed, or its account has to wait."""
    with transaction.atomic():
        hold()
        for window in windows:
            _put_off([gap.id for gap in _in_hand(window)], now)


def settle(window: SearchWindow, found: Found, *, now: datetime) -> None:
    """After what came is stored. What is still missing takes the state that the answer gives it."""
    with transaction.atomic():
        hold()
        end = micros(window.end)
        asked = [Range(window.source_id, key, micros(start), end) for key, start in window.starts.items()]
        reconcile(ranges(asked), now=now)
        for gap in _in_hand(window):
            _apply(gap, _outcome(gap, found, now), now)


def _in_hand(window: SearchWindow) -> list[Gap]:
    """The window's gaps, and what new pieces they came to."""
    searched = Gap.objects.filter(source_id=window.source_id, state=GapState.SEARCHING).order_by("id")
    return [gap for gap in searched if gap.id in window.gaps or _is_piece(gap, window)]


def _is_piece(gap: Gap, window: SearchWindow) -> bool:
    begin, start = gap.searched_to or gap.from_time, window.starts.get(gap.key)
    return gap.kind == Kind.HOLE and start is not None and start <= begin < window.end


def _outcome(gap: Gap, found: Found, now: datetime) -> Outcome:
    until, to = found.until.get(gap.key), gap.to_time or now
    begin = gap.searched_to or gap.from_time
    if until is None or until <= begin:
        return after_failure(tries=gap.tries, kind=found.failure or FailureClass.TRANSIENT, now=now)
    outcome = after_answer(tries=gap.tries, to=to, until=until, now=now)
    if gap.kind != Kind.ASKED or outcome.state is GapState.OPEN:
        return outcome
    if gap.key in found.brought:
        return replace(outcome, state=GapState.FILLED, cause=Cause.BACKFILLED, next_try_at=None)
    return replace(outcome, next_try_at=None)  # who asked has his answer


def _apply(gap: Gap, outcome: Outcome, now: datetime) -> None:
    move(
        ids=[gap.id],
        before=GapState.SEARCHING,
        after=outcome.state,
        cause=outcome.cause,
        now=now,
        tries=outcome.tries,
        next_try_at=outcome.next_try_at,
        searched_to=outcome.searched_to,
    )


def _put_off(ids: Iterable[int], now: datetime) -> None:
    cause = Cause.PUT_OFF
    move(ids=list(ids), before=GapState.SEARCHING, after=GapState.OPEN, cause=cause, now=now, next_try_at=now)
