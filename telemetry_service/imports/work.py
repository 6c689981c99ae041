"""What is waiting: imports to check and to put down, the oldest first."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from shared.errors import StackError
from shared.web.problems import problem
from telemetry_service.imports.check.look import Sink, look_at
from telemetry_service.imports.models import Import
from telemetry_service.imports.moving import move
from telemetry_service.imports.put.running import ACTOR, alone, go_on
from telemetry_service.imports.states import State

logger = logging.getLogger(__name__)
# The sweep has other duties: what is left it takes up at its next look.
AT_A_LOOK = 20
MOST_FAILURES = 5
ANY = "SELECT EXISTS (SELECT FROM import WHERE state = ANY(%s))"


def look_for_imports(now: datetime) -> int:
    """Checks what waits for it and puts down pieces of what was asked for; says how many pieces and checks."""
    if not _is_any():
        return 0
    done = 0
    for batch in Import.objects.filter(state=State.CHECKING).order_by("moved_at"):
        done += check_now(batch, now=now)
    with alone() as is_mine:
        while is_mine and done < AT_A_LOOK and (running := _next(now)):
            done += 1 + _try(
                running, lambda batch: go_on(batch, now=now, most=AT_A_LOOK), otherwise=State.FAILED, now=now
            )
    return done


def _is_any() -> bool:
    """By SQL: asked at every look, and mostly nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(ANY, [[State.CHECKING.value, State.QUEUED.value, State.RUNNING.value]])
        return bool(cursor.fetchone()[0])


def check_now(batch: Import, *, now: datetime, sink: Sink | None = None) -> int:
    """1 where it was checked, well or not; 0 where another is at it."""
    return _try(batch, lambda batch: _check(batch, now, sink), otherwise=State.REFUSED, now=now)


def _check(batch: Import, now: datetime, sink: Sink | None) -> int:
    report = look_at(batch, now=now, sink=sink)
    if report is None:
        return 0
    with transaction.atomic():
        move(batch, State.CHECKED, actor=ACTOR, now=now, report=report, rows_total=report["rows"], failures=0)
    return 1


def _next(now: datetime) -> Import | None:
    """What a worker that died was at, else what was asked for first."""
    running = Import.objects.filter(state=State.RUNNING).first()
    if running is not None:
        return running
    queued = Import.objects.filter(state=State.QUEUED).order_by("moved_at").first()
    if queued is None:
        return None
    try:
        with transaction.atomic():
            return queued if move(queued, State.RUNNING, actor=ACTOR, now=now) else None
    except IntegrityError:  # another began: only one may run
        return None


def _try(batch: Import, work: Callable[[Import], int], *, otherwise: State, now: datetime) -> int:
    """What is wrong with one import keeps no other waiting."""
    try:
        return work(batch)
    except StackError as error:
        _stop(batch, otherwise, problem(error), now)
    except Exception as error:
        logger.exception("import not done", extra={"import": str(batch.id)})
        Import.objects.filter(id=batch.id).update(failures=batch.failures + 1)
        if batch.failures + 1 < MOST_FAILURES:
            raise
        said = f"Error interno ({type(error).__name__}): quedó registrado."
        _stop(batch, otherwise, {"detail": said, "errors": []}, now)
    return 1


def _stop(batch: Import, state: State, said: dict[str, object], now: datetime) -> None:
    kept = {"detail": said["detail"], "errors": said.get("errors", [])}
    with transaction.atomic():
        move(batch, state, actor=ACTOR, now=now, problem=kept)
