"""Finds the points whose configuration changed, and asks for the measurements that the change makes stale."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from telemetry_service.points.versions import Version, changed_from
from telemetry_service.process.models import SeenConfig
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.queries import first_reading_at

# All points, every pass: compared in the database, where equal JSON is equal.
CHANGED = """
SELECT present.point_id, seen.versions::text, present.versions::text FROM (
       SELECT point_id, jsonb_agg(jsonb_build_array(version, valid_from, config)
                                  ORDER BY valid_from NULLS FIRST, version) AS versions
         FROM point_config GROUP BY point_id) present
  LEFT JOIN process_seen_config seen ON seen.point_id = present.point_id
 WHERE seen.versions IS DISTINCT FROM present.versions
"""
PRESENT = """
SELECT jsonb_agg(jsonb_build_array(version, valid_from, config) ORDER BY valid_from NULLS FIRST, version)::text
  FROM point_config WHERE point_id = %s
"""
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def request_changed(now: datetime) -> int:
    """Says how many points have another configuration than their measurements were made with."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED)
        rows = cursor.fetchall()
    for point_id, seen, present in rows:
        _request(point_id, json.loads(seen or "[]"), json.loads(present), now)
    return len(rows)


def _request(point_id: UUID, seen: Sequence[Version], present: Sequence[Version], now: datetime) -> None:
    with transaction.atomic():
        first, since = first_reading_at(point_id), changed_from(seen, present)
        if first is not None:
            request_processing(point_id=point_id, from_time=max(first, since) if since else first, now=now)
        SeenConfig.objects.update_or_create(point_id=point_id, defaults={"versions": list(present)})


def unseen_since(point_id: UUID) -> datetime | None:
    """From when on the point's configuration is another than its measurements were made with; None where it is not."""
    seen = SeenConfig.objects.filter(point_id=point_id).values_list("versions", flat=True).first() or []
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [point_id])
        (said,) = cursor.fetchone()
    present = json.loads(said or "[]")
    return (changed_from(seen, present) or EVER) if seen != present else None
