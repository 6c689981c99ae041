"""Every task of the Compliance service in path order: points, obligations, submissions, ledger, reports, upkeep.

A task only says "look now"; `SWEEP` does the same work from the same rows when the broker is away.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import sleep
from uuid import UUID

from celery.schedules import crontab

from compliance_service.authorities.operations import put_in_force, sync_sources
from compliance_service.authorities.sessions import tidy
from compliance_service.clients.core import core, point_changes
from compliance_service.clients.telemetry import Day, Measured, days, measurements, telemetry
from compliance_service.ledger.concealment import concealer
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from compliance_service.notices.operations import draft_failures
from compliance_service.obligations.making import make_ahead
from compliance_service.points.operations import sync_points
from compliance_service.receipts.operations import keep_receipts
from compliance_service.receipts.read_back import read_back
from compliance_service.reports.health import check_health
from compliance_service.reports.operations import make_daily_reports
from compliance_service.rights.operations import watch_rights
from compliance_service.submissions.departures import at_once
from compliance_service.submissions.operations import recover
from compliance_service.submissions.prepare import prepare
from compliance_service.submissions.queries import next_wake
from compliance_service.submissions.send import send_due
from compliance_service.weather.operations import look_at_weather
from shared.clock import now, virtual_clock_file
from shared.jobs.celery import make_celery
from shared.jobs.sweep import Step

# Times of the specification, in America/Santiago (CELERY_TIMEZONE).
SCHEDULE = {
    "sync-points": {"task": "compliance.sync_points", "schedule": crontab()},
    "sync-compliance-sources": {
        "task": "compliance.sync_compliance_sources",
        "schedule": crontab(minute="0", hour="*/2"),
    },
    "make-obligations": {"task": "compliance.make_obligations", "schedule": crontab(minute="*/10")},
    "report-due": {"task": "compliance.report_due", "schedule": crontab()},
    "read-back": {"task": "compliance.read_back", "schedule": crontab()},
    "make-roots": {"task": "compliance.make_roots", "schedule": crontab(minute="*/10")},
    "daily-compliance-report": {
        "task": "compliance.daily_compliance_report",
        "schedule": crontab(minute="0", hour="7"),
    },
    "draft-notices": {"task": "compliance.draft_notices", "schedule": crontab(minute="*/10")},
    "watch-rights": {"task": "compliance.watch_rights", "schedule": crontab(minute="20", hour="*/6")},
    "health-check": {"task": "compliance.health_check", "schedule": crontab(minute="*/10")},
}
QUEUES = ["sync", "obligations", "submissions", "reports", "upkeep"]
app = make_celery("compliance", queues=QUEUES, schedule=SCHEDULE)


# --- points and authorities


def sync_with_core(at: datetime) -> int:
    return sync_points(read=lambda cursor: point_changes(core(), cursor=cursor), now=at)


@app.task(name="compliance.sync_points", queue="sync")
def sync_points_task() -> None:
    sync_with_core(now())


@app.task(name="compliance.sync_compliance_sources", queue="sync")
def sync_compliance_sources() -> None:
    sync_sources()
    put_in_force(now())
    make_ahead(now())
    tidy(now())


# --- obligations


@app.task(name="compliance.make_obligations", queue="obligations")
def make_obligations() -> None:
    make_ahead(now())


# --- submissions and receipts


def prepare_due(at: datetime) -> int:
    return prepare(at, read=_read)


def _read(points: Sequence[UUID], variables: Sequence[str], start: datetime, end: datetime) -> list[Measured]:
    return measurements(telemetry(), points=points, variables=variables, start=start, end=end)


def send(at: datetime) -> int:
    # A virtual clock stands still while a look lasts: only real time has to be waited for.
    wait = at_once if virtual_clock_file() else sleep
    return send_due(at, keep=keep_receipts, conceal=concealer(at), wait=wait)


@app.task(name="compliance.report_due", queue="submissions")
def report_due() -> None:
    put_in_force(now())
    recover(now())
    prepare_due(now())
    send(now())
    seal(now())


@app.task(name="compliance.read_back", queue="reports")
def read_back_task() -> None:
    read_back(now())
    seal(now())


# --- ledger


@app.task(name="compliance.make_roots", queue="upkeep")
def make_roots_task() -> None:
    seal(now())
    make_roots(now())


# --- reports and upkeep


@app.task(name="compliance.daily_compliance_report", queue="reports")
def daily_compliance_report() -> None:
    make_daily_reports(now())


@app.task(name="compliance.draft_notices", queue="reports")
def draft_notices() -> None:
    draft_failures(now())


def watch(at: datetime) -> int:
    return watch_rights(at, read=_read_days)


def _read_days(points: Sequence[UUID], start: datetime, end: datetime) -> list[Day]:
    return days(telemetry(), points=points, variables=["volume", "flow"], start=start, end=end)


@app.task(name="compliance.watch_rights", queue="reports")
def watch_rights_task() -> None:
    watch(now())


@app.task(name="compliance.health_check", queue="upkeep")
def health_check() -> None:
    check_health(now())


AT_EVERY_LOOK = timedelta(0)
SWEEP: tuple[Step, ...] = (
    Step("sync_points", timedelta(minutes=1), sync_with_core, by_the_wall=True),
    Step("rules", timedelta(minutes=1), put_in_force),
    Step("make_obligations", timedelta(minutes=10), make_ahead),
    Step("recover", timedelta(minutes=1), recover),
    Step("prepare", AT_EVERY_LOOK, prepare_due),
    Step("send", AT_EVERY_LOOK, send, next_wake=next_wake),
    Step("weather", timedelta(minutes=1), look_at_weather),
    Step("read_back", timedelta(minutes=1), read_back),
    Step("seal", AT_EVERY_LOOK, seal),
    Step("make_roots", timedelta(minutes=10), make_roots),
    Step("daily_report", timedelta(minutes=10), make_daily_reports),
    Step("draft_notices", timedelta(minutes=10), draft_failures),
    Step("tidy_sessions", timedelta(hours=2), tidy),
    Step("watch_rights", timedelta(hours=6), watch),
    Step("health", timedelta(minutes=10), check_health),
)
