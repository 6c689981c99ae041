"""Every task of the Telemetry service, in the order of the path: points, keys, collect, imports, process, alerts,
upkeep.

A task only says "look now"; `SWEEP` does the same work from the same rows when the broker is away.
"""

from datetime import datetime, timedelta
from functools import partial

from celery.schedules import crontab

from shared.clock import now
from shared.jobs.celery import make_celery, nudge
from shared.jobs.sweep import Step
from telemetry_service.alerts.looks import check_alerts
from telemetry_service.alerts.mail.digest import send_digest
from telemetry_service.clients.core import core, point_changes
from telemetry_service.clients.core_keys import key_changes
from telemetry_service.clients.core_keys import tell_uses as tell_core_uses
from telemetry_service.collect.claims import next_due_at
from telemetry_service.collect.health import check_health
from telemetry_service.collect.operations import drop_old_attempts
from telemetry_service.collect.poll import collect_due
from telemetry_service.gaps.look import look
from telemetry_service.health.arrivals import note_arrivals
from telemetry_service.health.operations import check_devices, forget_old_statuses
from telemetry_service.imports.work import look_for_imports
from telemetry_service.keys import health as keys_health
from telemetry_service.keys.operations import sync_keys, tell_uses
from telemetry_service.listen import health as listening
from telemetry_service.listen import upkeep as listen_upkeep
from telemetry_service.measurements import store as measurements
from telemetry_service.measurements.packing import pack_at_night
from telemetry_service.points.operations import sync_points
from telemetry_service.process.derived import judge_of
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.rules.logger_status import is_logger_status
from telemetry_service.push.keep.operations import forget_old_answers
from telemetry_service.raw.partitions import drop_old_partitions, make_partitions_ahead
from telemetry_service.sources.arrivals import note_newest
from telemetry_service.virtual.operations import process_derived

# Times of the specification, in America/Santiago (CELERY_TIMEZONE).
SCHEDULE = {
    "sync-points": {"task": "telemetry.sync_points", "schedule": crontab()},
    "sync-keys": {"task": "telemetry.sync_keys", "schedule": crontab()},
    "sync-telemetry-sources": {"task": "telemetry.sync_telemetry_sources", "schedule": crontab(minute="*/5")},
    "collect-due": {"task": "telemetry.collect_due", "schedule": crontab()},
    "process-backlog": {"task": "telemetry.process_backlog", "schedule": crontab()},
    "check-alerts": {"task": "telemetry.check_alerts", "schedule": crontab()},
    "send-alert-mail": {"task": "telemetry.send_alert_mail", "schedule": crontab()},
    "health-check": {"task": "telemetry.health_check", "schedule": crontab(minute="*/10")},
    "cleanup-old-data": {"task": "telemetry.cleanup_old_data", "schedule": crontab(hour="2", minute="0")},
    "pack-months": {"task": "telemetry.pack_months", "schedule": crontab(hour="3", minute="0")},
}
app = make_celery("telemetry", queues=["sync", "collect", "process", "upkeep"], schedule=SCHEDULE)


# --- points, keys and collect


def sync_with_core(at: datetime) -> int:
    return sync_points(read=lambda cursor: point_changes(core(), cursor=cursor), now=at)


@app.task(name="telemetry.sync_points", queue="sync")
def sync_points_task() -> None:
    sync_with_core(now())


def sync_keys_with_core(at: datetime) -> int:
    """Devices go on with the keys we have while Core is away."""
    changed = sync_keys(read=lambda cursor: key_changes(core(), cursor=cursor), now=at)
    return changed + tell_uses(tell=lambda uses: tell_core_uses(core(), uses))


@app.task(name="telemetry.sync_keys", queue="sync")
def sync_keys_task() -> None:
    sync_keys_with_core(now())


def collect(at: datetime) -> int:
    """What falls due while a round lasts is polled too: the clock goes with it."""
    return collect_due(at, clock=now)


@app.task(name="telemetry.collect_due", queue="collect")
def collect_due_task() -> None:
    if collect(now()):
        nudge(process_backlog_task)


@app.task(name="telemetry.sync_telemetry_sources", queue="collect")
def sync_telemetry_sources() -> None:
    """The specification's cycle of five minutes: every source that is due, whatever woke it or did not."""
    if collect(now()):
        nudge(process_backlog_task)


# --- files and processing


@app.task(name="telemetry.run_imports", queue="process")
def run_imports_task() -> None:
    if look_for_imports(now()):
        nudge(process_backlog_task)
        nudge(run_imports_task)  # a long file is put down a part at a time


def process(at: datetime) -> int:
    """From raw rows to measurements, then to what is made of several of them."""
    return process_backlog(at) + process_derived(at, judges=judge_of)


@app.task(name="telemetry.process_backlog", queue="process")
def process_backlog_task() -> None:
    process(now())


# --- alerts


@app.task(name="telemetry.check_alerts", queue="upkeep")
def check_alerts_task() -> None:
    if check_alerts(now()):
        nudge(send_alert_mail_task)


@app.task(name="telemetry.send_alert_mail", queue="upkeep")
def send_alert_mail_task() -> None:
    send_digest(now())


# --- upkeep


def clean_up(at: datetime) -> int:
    """Whole months beyond their retention go, and the months to come get their partitions."""
    made = make_partitions_ahead(now=at) + measurements.make_partitions_ahead(now=at)
    return (
        drop_old_attempts(now=at)
        + listen_upkeep.clean_up(at)
        + drop_old_partitions(now=at)
        + forget_old_statuses(now=at)
        + forget_old_answers(now=at)
        + made
    )


def look_at_arrivals(at: datetime) -> int:
    """Gaps, completeness, clocks and loggers follow what came."""
    return look(at, tell=[partial(note_arrivals, is_status=is_logger_status), note_newest])


def look_at_health(at: datetime) -> int:
    return check_health(at) + listening.check_health(at) + keys_health.check_health(at)


@app.task(name="telemetry.health_check", queue="upkeep")
def health_check() -> None:
    look_at_health(now())


@app.task(name="telemetry.cleanup_old_data", queue="upkeep")
def cleanup_old_data() -> None:
    clean_up(now())


@app.task(name="telemetry.pack_months", queue="upkeep")
def pack_months() -> None:
    pack_at_night(now())


AT_EVERY_LOOK = timedelta(0)
MINUTE = timedelta(minutes=1)
SWEEP: tuple[Step, ...] = (
    Step("sync_points", timedelta(minutes=1), sync_with_core, by_the_wall=True),
    Step("sync_keys", timedelta(minutes=1), sync_keys_with_core, by_the_wall=True),
    Step("collect", AT_EVERY_LOOK, collect, next_wake=lambda _: next_due_at()),
    Step("imports", AT_EVERY_LOOK, look_for_imports),
    Step("process", AT_EVERY_LOOK, process),
    Step("look", MINUTE, look_at_arrivals),
    Step("devices", MINUTE, check_devices),
    Step("alerts", MINUTE, check_alerts),
    Step("alert_mail", MINUTE, send_digest),
    Step("health", timedelta(minutes=10), look_at_health),
    Step("clean_up", timedelta(days=1), clean_up),
    Step("pack_months", timedelta(hours=1), pack_at_night),
)
