"""How far back a source's provider can be asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import StackError
from telemetry_service.gaps.states import Cause, GapState
from telemetry_service.providers.adapters import Remembers, adapter_for
from telemetry_service.providers.models import POLLED, Provider
from telemetry_service.sources.models import Source


@dataclass(frozen=True, slots=True)
class Reach:
    """`window`: how much one search asks for, None where there is no history; `keeps`: how far back it goes."""

    window: timedelta | None
    keeps: timedelta | None = None

    def oldest(self, now: datetime) -> datetime | None:
        return now - self.keeps if self.keeps else None

    def verdict(self, to_time: datetime | None, now: datetime) -> tuple[GapState, Cause] | None:
        """Why a gap that ends there need not be searched at all."""
        if self.window is None:
            return GapState.NO_HISTORY, Cause.NO_REQUEST
        oldest = self.oldest(now)
        if oldest and to_time and to_time <= oldest:
            return GapState.NO_HISTORY, Cause.BEYOND_KEPT
        return None


NONE = Reach(None)


def reach_of(provider: Provider) -> Reach:
    if provider.type not in POLLED:
        return NONE
    try:
        adapter = adapter_for(provider.type, provider.adapter)
        memory = adapter.memory(adapter.parse(provider.config)) if isinstance(adapter, Remembers) else None
    except StackError:
        return NONE  # not installed here, or a row of another release: its polls say so
    return Reach(memory.window, memory.keeps) if memory else NONE


def reaches_of(source_ids: Iterable[UUID]) -> dict[UUID, Reach]:
    """By source. The row of an account is read once."""
    sources = Source.objects.filter(id__in=list(source_ids)).select_related("provider")
    by_account: dict[UUID, Reach] = {}
    found = {}
    for source in sources:
        if source.provider_id not in by_account:
            by_account[source.provider_id] = reach_of(source.provider)
        found[source.id] = by_account[source.provider_id]
    return found
