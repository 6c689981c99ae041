"""What the operators' alarms look at: duties that are open, held or overdue."""

import logging
from datetime import datetime

from prometheus_client import Gauge

from compliance_service.obligations.queries import summary

logger = logging.getLogger(__name__)
DUTIES = Gauge("compliance_duties", "Open duties by condition.", ["condition"], multiprocess_mode="mostrecent")


def check_health(now: datetime) -> int:
    """Measures and logs; says how many duties are overdue."""
    lines = summary(points=None, now=now)
    conditions = {
        "open": sum(line["open"]["total"] for line in lines),
        "held": sum(sum(line["open"]["held"].values()) for line in lines),
        "in_doubt": sum(line["open"]["in_doubt"] for line in lines),
        "overdue": sum(line["overdue"] for line in lines),
    }
    for condition, count in conditions.items():
        DUTIES.labels(condition).set(count)
    logger.info("compliance health", extra=conditions)
    return int(conditions["overdue"])
