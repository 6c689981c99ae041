"""Every task of the Telemetry service, in the order of the path: points, collect, process, upkeep.

A task only says "look now"; `SWEEP` does the same work from the same rows when the broker is away.
"""

from shared.jobs.celery import make_celery
from shared.jobs.sweep import Step

SCHEDULE: dict[str, object] = {}
app = make_celery("telemetry", queues=["sync", "collect", "process", "upkeep"], schedule=SCHEDULE)

SWEEP: tuple[Step, ...] = ()
