"""Every task of the Core service. A task only says "look now"; `SWEEP` does the same work without the broker."""

import logging
from datetime import datetime, timedelta

from celery.schedules import crontab

from core_service.clients.neighbours import ask_ready, hint_keys_changed, hint_points_changed, neighbours
from core_service.tokens.operations import forget_ended
from shared import clock
from shared.errors import OutsideError
from shared.jobs.celery import make_celery
from shared.jobs.sweep import Step
from shared.observability import health

logger = logging.getLogger(__name__)

# Times are Chile's: CELERY_TIMEZONE.
SCHEDULE = {
    "health-check": {"task": "core.health_check", "schedule": crontab(minute="*/10")},
    "cleanup": {"task": "core.cleanup", "schedule": crontab(hour=2, minute=0)},
}
app = make_celery("core", queues=["hints", "upkeep"], schedule=SCHEDULE)


@app.task(name="core.send_change_hints", queue="hints")
def send_change_hints() -> None:
    """Points changed. A hint that does not arrive does no harm: the others sync every minute."""
    for name, client in neighbours().items():
        try:
            hint_points_changed(name, client)
        except OutsideError as error:
            logger.info("hint not taken", extra={"neighbour": name, "code": error.code})


@app.task(name="core.send_key_hints", queue="hints")
def send_key_hints() -> None:
    """API keys changed: a revoked one should open nothing in seconds, without the hint it does so in a minute."""
    try:
        hint_keys_changed(neighbours()["telemetry"])
    except OutsideError as error:
        logger.info("hint not taken", extra={"neighbour": "telemetry", "code": error.code})


@app.task(name="core.health_check", queue="upkeep")
def health_check() -> None:
    check_health(clock.now())


@app.task(name="core.cleanup", queue="upkeep")
def cleanup() -> None:
    forget_ended(now=clock.now())


def check_health(now: datetime) -> int:
    """Says in the log which part of the system is not well; how many are not."""
    ill = {part: said for part, check in health.CHECKS.items() if (said := check()) != health.OK}
    for name, client in neighbours().items():
        try:
            ask_ready(client)
        except OutsideError as error:
            ill[name] = error.detail
    for part, said in ill.items():
        logger.warning("not well", extra={"part": part, "said": said})
    return len(ill)


SWEEP = (
    Step("health_check", timedelta(minutes=10), check_health),
    Step("cleanup", timedelta(hours=24), lambda now: forget_ended(now=now)),
)
