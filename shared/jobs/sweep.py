"""The sweep: walks the rows that say what is left to do, without the broker.

A message only says "look now". When Redis is away, or a message was lost, the sweep does the same work from the same
rows, late by a minute at most.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from shared.clock import system_now
from shared.errors import StackError
from shared.observability import metrics
from shared.observability.request_id import begin_request, end

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One duty: `run(now)` does what is due and says how many rows it handled.

    `next_wake(now)` says when the next row falls due, for whoever drives a virtual clock. `by_the_wall`: its pace is
    that of real time even then, as for asking a neighbour what changed.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], int]
    next_wake: Callable[[datetime], datetime | None] | None = None
    by_the_wall: bool = False


@dataclass(slots=True)
class Sweep:
    """Walks `steps` in order. A step that fails is logged and does not stop the others.

    Steps named in `on_demand` are walked with everything only.
    """

    steps: Sequence[Step]
    on_demand: frozenset[str] = frozenset()
    last_run: dict[str, datetime] = field(default_factory=dict)
    wall: Callable[[], datetime] = system_now

    def walk(
        self, now: datetime, *, everything: bool = False, passed: Callable[[str], None] = lambda _: None
    ) -> dict[str, Any]:
        """`passed` is told each step that is behind, whether it was due or not."""
        done: dict[str, int] = {}
        failed: dict[str, str] = {}
        for step in self.steps:
            if everything or self._is_due(step, now):
                self._run(step, now, done, failed)
            passed(step.name)
        return {"at": now.isoformat(), "done": done, "failed": failed, "next_wake_at": self._next_wake(now)}

    def _is_due(self, step: Step, now: datetime) -> bool:
        if step.name in self.on_demand:
            return False
        last = self.last_run.get(step.name)
        now = self.wall() if step.by_the_wall else now
        # A clock that went back (a virtual one may) makes everything due.
        return last is None or now < last or now - last >= step.every

    def _run(self, step: Step, now: datetime, done: dict[str, int], failed: dict[str, str]) -> None:
        begin_request()
        self.last_run[step.name] = self.wall() if step.by_the_wall else now
        try:
            done[step.name] = step.run(now)
            metrics.SWEEP_ROWS.labels(settings.SERVICE, step.name).inc(done[step.name])
        except StackError as error:
            # Known and typed, another service that is away for one: a line says enough.
            self._note_failure(step, error, failed)
            logger.warning("sweep step put off", extra={"step": step.name, "code": error.code, "detail": str(error)})
        except Exception as error:
            # The sweep is the last to give up: whatever went wrong here, the next step and the next minute go on.
            self._note_failure(step, error, failed)
            logger.exception("sweep step failed", extra={"step": step.name})
            close_old_connections()
        finally:
            end()

    def _note_failure(self, step: Step, error: Exception, failed: dict[str, str]) -> None:
        failed[step.name] = f"{type(error).__name__}: {error}"
        metrics.SWEEP_FAILURES.labels(settings.SERVICE, step.name).inc()

    def _next_wake(self, now: datetime) -> str | None:
        times = [wake for step in self.steps if step.next_wake and (wake := step.next_wake(now))]
        return min(times).isoformat() if times else None
