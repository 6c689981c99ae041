"""A pipeline for the tests of the sweep: one step that works and one that fails."""

from datetime import datetime, timedelta

from shared.jobs.celery import make_celery
from shared.jobs.sweep import Step

app = make_celery("core", queues=["upkeep"], schedule={})


def count_one(now: datetime) -> int:
    return 1


def fail(now: datetime) -> int:
    raise ValueError("broken on purpose")


SWEEP = (
    Step("fails", timedelta(minutes=1), fail),
    Step("counts", timedelta(minutes=1), count_one, next_wake=lambda now: now + timedelta(minutes=5)),
)
