"""How far what arrived has brought each source. Whoever asks a source says it at once, and so does whoever listens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from telemetry_service.raw.arrivals import Arrived
from telemetry_service.raw.lots import instant

# In one order, as others move sources on too.
NEWEST = """
UPDATE source SET newest_at = said.at FROM (VALUES %s) AS said (id, at)
 WHERE source.id = said.id AND (source.newest_at IS NULL OR source.newest_at < said.at)
"""


def note_newest(arrived: Sequence[Arrived], *, now: datetime) -> None:
    """A push does not wait for it: it would be most of the cost of a single reading."""
    newest: dict[UUID, int] = {}
    for one in arrived:
        newest[one.source_id] = max(one.last, newest.get(one.source_id, one.last))
    if newest:
        rows = [(source_id, instant(at)) for source_id, at in sorted(newest.items())]
        with connection.cursor() as cursor:
            execute_values(cursor, NEWEST, rows, template="(%s::uuid, %s::timestamptz)", page_size=1000)
