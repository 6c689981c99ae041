"""What was said of the sources' rhythms is kept by date: what is said today changes nothing of last month's gaps."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from telemetry_service.gaps.days import micros
from telemetry_service.gaps.models import Rhythm, Watch
from telemetry_service.gaps.queries import watched_series
from telemetry_service.gaps.ranges import Range, ranges
from telemetry_service.gaps.reconcile import hold, reconcile
from telemetry_service.gaps.rhythm import TOLERANCE

EVER = datetime(1970, 1, 1, tzinfo=UTC)
# Who said what the source itself says. A person's word on a date stays beside it.
BY_SOURCE = "source"
CHANGED = """
SELECT source.id, source.cadence_s, EXISTS (SELECT 1 FROM gap_watch watch WHERE watch.source_id = source.id)
  FROM source
  LEFT JOIN LATERAL (
       SELECT cadence_s FROM gap_rhythm rhythm WHERE rhythm.source_id = source.id AND said_by = %s
        ORDER BY valid_from DESC LIMIT 1) last ON true
 WHERE source.cadence_s IS DISTINCT FROM last.cadence_s
"""


def keep_up(*, now: datetime) -> int:
    """Notes the sources whose cadence was changed, from now on; from ever where nothing was looked at yet."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, [BY_SOURCE])
        changed = cursor.fetchall()
    for source_id, cadence_s, looked_at in changed:
        say_rhythm(
            source_id=source_id, valid_from=now if looked_at else EVER, cadence_s=cadence_s, actor=BY_SOURCE, now=now
        )
    return len(changed)


def say_rhythm(
    *,
    source_id: UUID,
    valid_from: datetime,
    cadence_s: int | None,
    actor: str,
    now: datetime,
    tolerance_pct: int = TOLERANCE,
) -> Rhythm:
    """From `valid_from` on the source measures so often (None: as its readings show). What lies after is looked at."""
    said = {"cadence_s": cadence_s, "tolerance_pct": tolerance_pct, "said_by": actor, "said_at": now}
    with transaction.atomic():
        hold()
        rhythm, _ = Rhythm.objects.update_or_create(source_id=source_id, valid_from=valid_from, defaults=said)
        reconcile(ranges(_after(source_id, valid_from)), now=now)
    return rhythm


def _after(source_id: UUID, valid_from: datetime) -> list[Range]:
    watches = Watch.objects.filter(source_id=source_id, newest_at__gte=valid_from)
    watched = watched_series([source_id])
    return [
        Range(source_id, key, micros(valid_from), micros(newest))
        for key, newest in watches.values_list("key", "newest_at")
        if (source_id, key) in watched
    ]
