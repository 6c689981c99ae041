"""Puts readings down as raw rows of their import, each with its verdict. Inside a transaction."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from telemetry_service.imports.mapping.rows import Value
from telemetry_service.imports.models import Import, Line
from telemetry_service.imports.modes import Judged, Mode, Said, Verdict, judge
from telemetry_service.imports.put.known import Place, known_at
from telemetry_service.imports.put.standing import add_lines, lines_of
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.store import Answer, Incoming, store

NO_FLAGS = Flag(0)


class Putter:
    """Puts down the readings of one import, any number of times."""

    def __init__(self, batch: Import, *, now: datetime, flags: Flag = NO_FLAGS) -> None:
        self.batch, self.now, self.flags = batch, now, flags
        self.mode = Mode(batch.mode)
        self.lines = lines_of(batch)

    def put(self, values: Sequence[Value], *, rows: tuple[int, int]) -> list[Judged]:
        """A verdict for each, in their order. `rows` are the first and last of the file that they come from."""
        add_lines(self.batch, self.lines, values, now=self.now)
        verdicts = self._judged(values)
        fresh = [value for value, judged in zip(values, verdicts, strict=True) if judged.verdict is Verdict.STORED]
        self._store(fresh, rows)
        return verdicts

    def _judged(self, values: Sequence[Value]) -> list[Judged]:
        """What an earlier row of the same piece said is known to the later one."""
        places: list[Place] = [(value.point.id, value.variable, value.at) for value in values]
        known = known_at(places, own=self.batch.id, own_alone=self.mode is Mode.REPLACE)
        verdicts = []
        for place, value in zip(places, values, strict=True):
            said = Said(value.text, value.unit)
            judged = judge(
                said,
                variable=value.variable,
                at=value.at,
                mode=self.mode,
                known=known.get(place, ()),
                newest=self._line(value).newest_at,
            )
            if judged.verdict is Verdict.STORED:
                known.setdefault(place, []).append(said)
            verdicts.append(judged)
        return verdicts

    def _store(self, values: Sequence[Value], rows: tuple[int, int]) -> None:
        if not values:
            return
        answer = uuid.uuid4()
        incoming = [
            Incoming(self.batch.id, self._line(one).key, one.at, one.text, one.unit, answer, int(self.flags))
            for one in values
        ]
        stored = store(rows=incoming, answers={answer: Answer(self.batch.id, self._origin(rows))}, received_at=self.now)
        if stored.new != len(values):
            raise RuntimeError(f"import {self.batch.id} was put down by somebody else at once")
        self._widen(values)

    def _origin(self, rows: tuple[int, int]) -> bytes:
        """In place of an answer: where in which file the readings are. The file itself is kept once."""
        said = {"import": str(self.batch.id), "sha256": bytes(self.batch.file.sha256).hex(), "rows": rows}
        return json.dumps(said).encode()

    def _widen(self, values: Sequence[Value]) -> None:
        touched: dict[int, Line] = {}
        for value in values:
            line = self._line(value)
            line.first_at = min(value.at, line.first_at or value.at)
            line.last_at = max(value.at, line.last_at or value.at)
            touched[line.pk] = line
        Line.objects.bulk_update(touched.values(), ["first_at", "last_at"], batch_size=500)

    def _line(self, value: Value) -> Line:
        return self.lines[value.point.id, value.variable]
