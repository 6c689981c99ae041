"""What people do with imports: bring, check, run, undo and call back. Each may be done twice."""

from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from shared.errors import Conflict, Forbidden, invalid
from telemetry_service.imports.check.look import Sink
from telemetry_service.imports.files.shape import Shape
from telemetry_service.imports.files.table import shape_of
from telemetry_service.imports.keeping import keep_file
from telemetry_service.imports.mapping.mapping import Mapping, pack
from telemetry_service.imports.models import Import, SavedMapping
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.moving import move
from telemetry_service.imports.put.standing import fall_silent, one_at_a_time, request_points, speak_again
from telemetry_service.imports.states import State
from telemetry_service.imports.who import Who
from telemetry_service.imports.work import check_now

# Up to here a check takes a second or two, and whoever asks gets it at once.
AT_ONCE = 512 * 1024
BEFORE_RUN = (State.UPLOADED, State.CHECKED, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Brought:
    """`is_new` False: this person brought these bytes before and has not run them; that import is given."""

    batch: Import
    is_new: bool
    shape: Shape


def bring(*, stream: IO[bytes], name: str, who: Who, now: datetime) -> Brought:
    """Keeps a file. Raises InvalidInput for what is no table, whatever its name says."""
    shape = shape_of(stream)
    with transaction.atomic():
        file = keep_file(stream, now=now)
        waiting = Import.objects.filter(file=file, created_by=who.actor, state__in=BEFORE_RUN, kind="file")
        before = waiting.order_by("-created_at").first()
        if before is not None:
            return Brought(before, False, shape)
        batch = Import.objects.create(
            file=file, file_name=name[-200:], created_at=now, created_by=who.actor, moved_at=now
        )
    return Brought(batch, True, shape)


def request_check(
    *, batch: Import, mapping: Mapping, mode: Mode, who: Who, now: datetime, sink: Sink | None = None
) -> Import:
    """A dry run under this mapping: at once where the file is small or `sink` wants its result, else a worker's."""
    _check_may(mode, who)
    changes: dict[str, Any] = {
        "mapping": pack(mapping),
        "mode": mode.value,
        "points": who.point_names,
        "report": None,
        "problem": None,
        "rows_total": None,
        "failures": 0,
    }
    if batch.state != State.CHECKING:
        with transaction.atomic():
            move(batch, State.CHECKING, actor=who.actor, now=now, **changes)
    if sink is not None or batch.file.size <= AT_ONCE:
        check_now(batch, now=now, sink=sink)
        batch.refresh_from_db()
    return batch


def request_run(*, batch: Import, note: str, who: Who, now: datetime) -> Import:
    """In line for a worker. Asked again it changes nothing. Raises Conflict before a check, and once undone."""
    _check_may(Mode(batch.mode or Mode.INSERT), who)
    if batch.state in (State.QUEUED, State.RUNNING, State.DONE):
        return batch
    if batch.mode == Mode.REPLACE and not note.strip():
        raise invalid("note", "falta", expected="por qué se reemplaza lo que otros dijeron")
    if batch.state == State.UNDONE:
        raise Conflict("La carga fue deshecha: para que valga de nuevo use «redo».")
    changes = {"note": note.strip(), "points": who.point_names, "problem": None, "failures": 0}
    with transaction.atomic():
        move(batch, State.QUEUED, actor=who.actor, now=now, why=note.strip(), **changes)
    return batch


def undo(*, batch: Import, note: str, who: Who, now: datetime) -> Import:
    """Its readings are heard no more and what they silenced is heard again; nothing is deleted."""
    return _turn(batch, State.UNDONE, note, who, now)


def redo(*, batch: Import, note: str, who: Who, now: datetime) -> Import:
    """As it was before it was undone."""
    return _turn(batch, State.DONE, note, who, now)


def save_mapping(*, name: str, mapping: Pairs[str, Any], who: Who, now: datetime) -> SavedMapping:
    """In place of the one of that name."""
    said = {"mapping": mapping, "saved_at": now, "saved_by": who.actor}
    saved, _ = SavedMapping.objects.update_or_create(name=name, defaults=said)
    return saved


def forget_mapping(*, name: str) -> bool:
    """False if there was none."""
    deleted, _ = SavedMapping.objects.filter(name=name).delete()
    return deleted > 0


def _turn(batch: Import, state: State, note: str, who: Who, now: datetime) -> Import:
    if batch.state == state:
        return batch
    if state is State.DONE and batch.state != State.UNDONE:
        raise Conflict("Solo se rehace una carga que fue deshecha.")
    if not note.strip():
        raise invalid("note", "falta", expected="por qué")
    _check_may(Mode(batch.mode or Mode.INSERT), who)
    with transaction.atomic():
        one_at_a_time()
        if not move(batch, state, actor=who.actor, now=now, why=note.strip()):
            return batch
        # Its points are asked for while it speaks: what it silences reaches as far as its word.
        if state is State.DONE:
            speak_again(batch)
        request_points(batch, now=now)
        if state is State.UNDONE:
            fall_silent(batch, now=now)
    return batch


def _check_may(mode: Mode, who: Who) -> None:
    if mode is Mode.REPLACE and not who.is_person:
        raise Forbidden("Reemplazar lo que dijo un equipo es cosa de una persona.")
