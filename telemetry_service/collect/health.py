"""What the operators' alarms look at: how many sources stopped, fail or wait."""

import logging
from datetime import datetime

from prometheus_client import Gauge

from telemetry_service.collect.queries import health
from telemetry_service.raw.queries import waiting_points

logger = logging.getLogger(__name__)
SOURCES = Gauge("telemetry_sources", "Sources by condition.", ["condition"], multiprocess_mode="mostrecent")
BACKLOG = Gauge("telemetry_process_backlog", "Points waiting to be processed.", multiprocess_mode="mostrecent")


def check_health(now: datetime) -> int:
    """Measures and logs; says how many sources need a look."""
    found, waiting = health(now=now), waiting_points()
    conditions = {"active": found.active, "stopped": found.stopped, "failing": found.failing, "overdue": found.overdue}
    for condition, count in conditions.items():
        SOURCES.labels(condition).set(count)
    BACKLOG.set(waiting)
    logger.info("telemetry health", extra={**conditions, "backlog": waiting})
    return found.stopped + found.failing + found.overdue
