"""What goes away by itself: dead letters that are old or too many, receive times that nobody needs any more."""

from datetime import datetime, timedelta

from django.db import connection

from telemetry_service.listen.models import Undated
from telemetry_service.listen.store.letters import drop_old, prune

# Longer than a connection takes to be found dead (1.5 times the longest keepalive): what was acknowledged before has
# arrived, and is not sent again.
SETTLED = timedelta(minutes=10)
# Longer than any session lasts by default.
FORGOTTEN = timedelta(days=8)
SETTLED_BY = """
DELETE FROM listen_undated known
 USING listen_connection mine
 WHERE mine.provider_id = known.provider_id AND mine.state = 'connected' AND mine.since < %(before)s
   AND known.received_at < %(before)s
   AND NOT EXISTS (SELECT 1 FROM listen_connection other
                    WHERE other.provider_id = known.provider_id
                      AND (other.state NOT IN ('connected', 'closed') OR other.since >= %(before)s))
"""


def keep_house(now: datetime) -> int:
    """Every minute, by whoever listens. Says how many rows went."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED_BY, {"before": now - SETTLED})
        return int(cursor.rowcount) + prune()


def clean_up(now: datetime) -> int:
    """Every day."""
    forgotten, _ = Undated.objects.filter(received_at__lt=now - FORGOTTEN).delete()
    return drop_old(now=now) + prune() + forgotten
