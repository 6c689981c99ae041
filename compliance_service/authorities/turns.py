"""The gap between any two requests of ours to a source, whoever sends them: a row holds the next free instant."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from compliance_service.authorities.models import SourceTurn

# So far ahead of its beginning a look may plan its sends: it waits for each, and the next look comes within a minute.
WINDOW = timedelta(seconds=50)


def gap_of(rules: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=rules.get("pacing", {}).get("global_gap_s", 0))


def reserve(*, code: str, wanted: int, gap: timedelta, now: datetime) -> list[datetime]:
    """Up to `wanted` instants from `now` on, a gap apart and within WINDOW, that are nobody else's."""
    if not gap:
        return [now] * wanted
    with transaction.atomic():
        SourceTurn.objects.bulk_create([SourceTurn(source_id=code, free_at=now)], ignore_conflicts=True)
        turn = SourceTurn.objects.select_for_update().get(source_id=code)
        first = max(turn.free_at, now)
        free = (now + WINDOW - first) // gap + 1 if first <= now + WINDOW else 0
        taken = min(wanted, free)
        SourceTurn.objects.filter(source_id=code).update(free_at=first + taken * gap)
    return [first + place * gap for place in range(taken)]
