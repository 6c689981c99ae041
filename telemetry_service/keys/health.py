"""What the operators' alarms look at: a key in use that is about to end takes its devices with it."""

import logging
from datetime import datetime, timedelta

from telemetry_service.keys.metrics import ENDING
from telemetry_service.keys.queries import ending_keys

logger = logging.getLogger(__name__)
SOON = timedelta(days=14)
IN_USE = timedelta(days=30)


def check_health(now: datetime) -> int:
    """Measures and logs; says how many keys that devices use end within two weeks."""
    ending = ending_keys(until=now + SOON, used_since=now - IN_USE, now=now)
    ENDING.set(len(ending))
    for name, ends_at in ending:
        logger.warning("api key ends soon", extra={"key": name, "ends_at": ends_at.isoformat()})
    return len(ending)
