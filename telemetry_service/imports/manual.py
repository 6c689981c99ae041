"""Readings that a person wrote down: a small import that is done at once, with its author and his reason."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import transaction

from shared.errors import FieldError, Forbidden, InvalidInput, invalid
from telemetry_service.imports.check.effect import effect_of
from telemetry_service.imports.keeping import keep_file
from telemetry_service.imports.mapping.rows import AHEAD, Bounds, Value
from telemetry_service.imports.mapping.units import fits, units_of
from telemetry_service.imports.models import Import, Kind
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.moving import move
from telemetry_service.imports.put.putter import Putter
from telemetry_service.imports.put.standing import let_speak, one_at_a_time, request_points
from telemetry_service.imports.reading import book_of, bounds_of
from telemetry_service.imports.states import State
from telemetry_service.imports.who import Who
from telemetry_service.process.readings import number_in
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.partitions import make_partitions_kept

MODES = (Mode.INSERT, Mode.REPLACE)


@dataclass(frozen=True, slots=True)
class Written:
    """One reading. `value` is a number with a decimal point, `unit` empty is ours."""

    point_id: UUID
    variable: str
    at: datetime
    value: str
    unit: str = ""


def add_readings(*, readings: Sequence[Written], mode: Mode, note: str, who: Who, now: datetime) -> tuple[Import, bool]:
    """The import, whose report says what became of each, and whether it is new.

    The same words of the same person again give the import that they made, unless it was undone since. Raises
    InvalidInput for a reading that cannot be, and stores none of them then.
    """
    if not who.is_person:
        raise Forbidden("Una lectura a mano la escribe una persona.")
    if not note.strip():
        raise invalid("note", "falta", expected="de dónde viene la lectura")
    body = _body(readings, mode, note)
    make_partitions_kept(now=now)
    with transaction.atomic():
        one_at_a_time()
        file = keep_file(BytesIO(body), now=now)
        before = Import.objects.filter(file=file, kind=Kind.MANUAL, created_by=who.actor, state=State.DONE).first()
        if before is not None:
            return before, False
        return _put(_opened(file, mode, note, who, now), readings, now), True


def _opened(file: Any, mode: Mode, note: str, who: Who, now: datetime) -> Import:
    return Import.objects.create(
        kind=Kind.MANUAL,
        file=file,
        mode=mode.value,
        note=note.strip(),
        points=who.point_names,
        created_at=now,
        created_by=who.actor,
        moved_at=now,
    )


def _put(batch: Import, readings: Sequence[Written], now: datetime) -> Import:
    values = _values(batch, readings, now)
    verdicts = Putter(batch, now=now, flags=Flag.MANUAL).put(values, rows=(1, len(values)))
    let_speak(batch)
    request_points(batch, now=now)
    effects = [effect for line in batch.lines.all() if (effect := effect_of(batch, line))]
    report = {
        "verdicts": [{"verdict": judged.verdict.value, "reason": judged.reason} for judged in verdicts],
        "silenced": sum(effect.silenced for effect in effects),
    }
    changes = {
        "report": report,
        "counts": dict(Counter(judged.verdict.value for judged in verdicts)),
        "rows_total": len(values),
        "rows_done": len(values),
    }
    move(batch, State.DONE, actor=batch.created_by, now=now, why=batch.note, **changes)
    return batch


def _values(batch: Import, readings: Sequence[Written], now: datetime) -> list[Value]:
    book, bounds = book_of(batch), bounds_of(now)
    errors = [
        error for number, reading in enumerate(readings) for error in _errors(number, reading, book.by_id, bounds)
    ]
    if errors:
        raise InvalidInput("Hay lecturas que no se pueden aceptar.", errors=errors)
    return [Value(book.by_id[one.point_id], one.variable, one.at, one.value, one.unit.strip()) for one in readings]


def _errors(number: int, reading: Written, points: Any, bounds: Bounds) -> list[FieldError]:
    where = f"readings[{number}]"
    found = []
    if reading.point_id not in points:
        problem = "no existe ese punto, o usted no tiene acceso a él"
        found.append(FieldError(f"{where}.point", problem, str(reading.point_id), "el id de un punto suyo"))
    if not fits(reading.variable, reading.unit):
        expected = f"una de: {', '.join(units_of(reading.variable))}"
        found.append(FieldError(f"{where}.unit", f"no es una unidad de {reading.variable}", reading.unit, expected))
    if number_in(reading.value) is None:
        found.append(FieldError(f"{where}.value", "no es un número", reading.value, "un número como 12.5"))
    if not bounds.oldest <= reading.at <= bounds.now + AHEAD:
        expected = f"desde {bounds.oldest:%Y-%m-%d} y hasta ahora"
        found.append(FieldError(f"{where}.time", "fuera de lo que se conserva", reading.at.isoformat(), expected))
    return found


def _body(readings: Sequence[Written], mode: Mode, note: str) -> bytes:
    said = {"mode": mode.value, "note": note.strip(), "readings": [asdict(one) for one in readings]}
    return json.dumps(said, default=str, sort_keys=True, ensure_ascii=False).encode()
