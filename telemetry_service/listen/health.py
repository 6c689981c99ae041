"""What the operators' alarms look at: connections that do not stand, devices that nobody knows."""

import logging
from datetime import datetime, timedelta

from prometheus_client import Gauge

from telemetry_service.listen.models import Connection, ConnectionState, DeadLetter, LetterState

logger = logging.getLogger(__name__)
# A listener says every half minute that it is there.
SILENT = timedelta(minutes=3)
DEAD = Gauge(
    "telemetry_listen_dead_letters_waiting", "Dead letters that wait for a person.", multiprocess_mode="mostrecent"
)


def check_health(now: datetime) -> int:
    """Measures and logs; says how many connections need a look."""
    rows = list(Connection.objects.filter(provider__is_active=True).exclude(state=ConnectionState.CLOSED))
    down = sum(row.state != ConnectionState.CONNECTED for row in rows)
    silent = sum(row.seen_at < now - SILENT for row in rows)
    dead = DeadLetter.objects.filter(state=LetterState.WAITING).count()
    DEAD.set(dead)
    logger.info("listen health", extra={"connections": len(rows), "down": down, "silent": silent, "dead": dead})
    return down + silent
