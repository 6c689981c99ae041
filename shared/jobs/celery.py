"""One Celery application a service, one Task base for all of them."""

import inspect
import time
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery, Task, signals
from celery.utils.log import get_task_logger
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from shared.errors import Retry, StackError
from shared.observability import metrics
from shared.observability.request_id import begin_task, current_request_id, end

logger = get_task_logger(__name__)
MOST_SOON_RETRIES = 5
SOON_S = 10


class StackTask(Task):
    """Keyword-only, tolerant of arguments of a newer or older sender, measured, and retried by the error's type."""

    abstract = True
    service = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(f"{self.name} takes keyword arguments only")
        begin_task(self.request.id or "", (self.request.headers or {}).get("request_id"))
        started, outcome = time.monotonic(), "failed"
        try:
            result = self.run(**_known(self.run, kwargs))
            outcome = "done"
            return result
        except StackError as error:
            outcome = f"error_{error.code}"
            self._try_again(error)
        finally:
            metrics.TASKS.labels(self.service, self.name, outcome).inc()
            metrics.TASK_SECONDS.labels(self.service, self.name).observe(time.monotonic() - started)
            end()

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = {"request_id": current_request_id(), **(options.pop("headers", None) or {})}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def _try_again(self, error: StackError) -> None:
        """SOON comes again with back-off; LATER is left to the schedule and the sweep; NEVER is said once."""
        if error.retry is Retry.SOON and not self.request.called_directly and self.request.retries < MOST_SOON_RETRIES:
            raise self.retry(exc=error, countdown=SOON_S * 2**self.request.retries, max_retries=MOST_SOON_RETRIES)
        logger.warning("task gave up", extra={"task": self.name, "code": error.code, "retry": error.retry.value})


def make_celery(service: str, *, queues: Sequence[str], schedule: Mapping[str, Any]) -> Celery:
    """The service's application. Every queue is the service's own: `telemetry.collect`.

    A task must name its queue (`@app.task(queue="collect")`): one that nobody serves is refused when it is declared.
    """
    base = type("ServiceTask", (StackTask,), {"abstract": True, "service": service})
    app = _StackCelery(service, task_cls=base, set_as_current=True)
    app.known_queues = {name: queue_name(service, name) for name in queues}
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.task_queues = [Queue(name) for name in app.known_queues.values()]
    app.conf.task_default_queue = next(iter(app.known_queues.values()))
    # Celery gives up queues as attributes of tasks: the routes hold them, filled as tasks are declared.
    app.routes = {}
    app.conf.task_routes = app.routes
    app.conf.beat_schedule = dict(schedule)
    return app


def nudge(task: Any, **arguments: Any) -> bool:
    """Sends a message that says "look now". False when the broker is away: the sweep will look by itself."""
    try:
        task.apply_async(kwargs=arguments)
    except OperationalError:
        logger.warning("broker away", extra={"task": task.name})
        return False
    return True


def queue_name(service: str, queue: str) -> str:
    return f"{service}.{queue}"


class _StackCelery(Celery):
    known_queues: dict[str, str]
    routes: dict[str, dict[str, str]]

    def task(self, *args: Any, **options: Any) -> Any:
        if str(options.get("name")).startswith("celery."):  # Celery's own, declared when the application is complete
            return super().task(*args, **options)
        queue, name = options.pop("queue", None), options.get("name")
        if args or name is None or queue not in self.known_queues:
            raise ValueError(
                f"a task has a name and one of the queues {sorted(self.known_queues)}: @app.task(name=…, queue=…)"
            )
        self.routes[name] = {"queue": self.known_queues[queue]}
        return super().task(**options)


def _known(function: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """What the function takes of what was sent: a sender of another release may know more or less."""
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in kwargs.items() if name in parameters}


@signals.setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """Celery would put its own handlers in place of the JSON lines; being connected here is what stops it."""
