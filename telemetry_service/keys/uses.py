"""When a key was last used, noted lazily: one row written in ten minutes, not one in each request."""

from datetime import datetime, timedelta

from django.db import connection

from telemetry_service.keys.directory import Known

NOTED_EVERY = timedelta(minutes=10)
# Of several processes the latest use wins; what is not newer by the rhythm writes nothing.
NOTE = """
    INSERT INTO api_key_use (key_id, used_at) SELECT id, %(at)s FROM api_key WHERE id = %(key)s
    ON CONFLICT (key_id) DO UPDATE SET used_at = EXCLUDED.used_at
    WHERE api_key_use.used_at <= EXCLUDED.used_at - make_interval(secs => %(every_s)s)
"""


def note_use(known: Known, *, now: datetime) -> bool:
    """True where it was worth a write."""
    if known.used_at is not None and now - known.used_at < NOTED_EVERY:
        return False
    known.used_at = now
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"key": known.holder.key_id, "at": now, "every_s": NOTED_EVERY.total_seconds()})
    return True
