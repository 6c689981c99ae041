"""Which rows may be stored, and what is wrong with the others. No database, no clock: what names mean is given."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import numpy as np
from msgspec import UnsetType

from shared.errors import FieldError
from telemetry_service.providers.engine.times import IMPOSSIBLE
from telemetry_service.push.place.sources import Directory, Known, Target
from telemetry_service.push.read.said import Name, Said
from telemetry_service.raw.lots import Lot, Micros, Place, instant, make_tail, micros

# What comes later than this after it was measured is `late`: the report of its hour may have gone out.
CLOSED_AFTER = timedelta(hours=1)
SOURCE_RIGHT = "el id de una fuente de esta clave, o el código de su punto"


class Holder(Hashable, Protocol):
    """Whoever pushes: see keys.holder."""

    @property
    def key_id(self) -> UUID: ...
    def may_push(self, source_id: UUID, point_id: UUID) -> bool: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """`lot`: what is to be stored; `numbers`: which rows of the push those are; `points`: whose measurements are made
    of them, by place. `impossible`: by source, what its clock said.
    """

    lot: Lot
    numbers: Sequence[int]
    points: Mapping[Place, UUID]
    faults: Mapping[int, list[FieldError]]
    impossible: Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Arrival:
    """When and by whom. `kept_from`: rows of before go with the next clean-up."""

    holder: Holder
    received_at: datetime
    kept_from: datetime
    answer_id: UUID


def judge(said: Said, directory: Directory, arrival: Arrival) -> Judged:
    meant = _all_meant(set(said.names), directory, arrival.holder)
    faults = {number: list(errors) for number, errors in said.faults.items()}
    unmeant = {name for name, one in meant.items() if isinstance(one, FieldError)}
    found: list[tuple[int, FieldError]] = []
    if unmeant:
        found += [(number, meant[name]) for number, name in enumerate(said.names) if name in unmeant]  # type: ignore[misc]  # these are errors
    wrong_times = list(_wrong_times(said.times, arrival))
    for number, error in [*found, *wrong_times]:
        if number not in said.faults:
            faults.setdefault(number, []).append(error)
    impossible = {}
    for number, _ in wrong_times:
        target = meant[said.names[number]]
        if isinstance(target, Target) and number not in said.faults:
            impossible[target.place.source_id] = instant(int(said.times[number]))
    numbers: Sequence[int] = range(len(said))
    if faults:
        numbers = [number for number in numbers if number not in faults]
    targets = {name: one for name, one in meant.items() if isinstance(one, Target)}
    points = {target.place: target.point_id for target in targets.values()}
    return Judged(_lot(said, numbers, targets, arrival), numbers, points, faults, impossible)


def _lot(said: Said, numbers: Sequence[int], targets: Mapping[Name, Target], arrival: Arrival) -> Lot:
    places = {name: target.place for name, target in targets.items()}
    tails = {unit: make_tail(unit, arrival.received_at, arrival.answer_id) for unit in set(said.units)}
    if len(numbers) == len(said):
        return Lot([places[name] for name in said.names], said.times, said.values, [tails[one] for one in said.units])
    return Lot(
        [places[said.names[number]] for number in numbers],
        said.times[np.array(numbers, np.intp)],
        [said.values[number] for number in numbers],
        [tails[said.units[number]] for number in numbers],
    )


def _wrong_times(times: Micros, arrival: Arrival) -> Iterator[tuple[int, FieldError]]:
    latest, oldest = arrival.received_at + IMPOSSIBLE, arrival.kept_from
    last, first = micros(latest), micros(oldest)
    if not len(times) or (times.min() >= first and times.max() <= last):
        return
    for number in np.flatnonzero((times > last) | (times < first)).tolist():
        at = instant(int(times[number]))
        days = abs(at - arrival.received_at).days
        if at > latest:
            problem, expected = (
                f"está adelantada {days} días: revise el reloj del equipo",
                f"hasta {latest.isoformat()}",
            )
        else:
            problem, expected = f"es de hace {days} días, más de lo que se conserva", f"desde {oldest.isoformat()}"
        yield number, FieldError("time", problem, at.isoformat(), expected)


def _all_meant(names: Collection[Name], directory: Directory, holder: Holder) -> dict[Name, Target | FieldError]:
    """Each of these names; what was found to mean something is not looked for again."""
    targets = directory.targets_of(holder)
    missing = [name for name in names if name not in targets]
    if not missing:
        return {name: targets[name] for name in names}
    named = directory.look_up({name[0] for name in missing if name[0]})
    found = {name: _meant(name, named, holder) for name in missing}
    targets.update((name, one) for name, one in found.items() if isinstance(one, Target))
    return {name: found[name] if name in found else targets[name] for name in names}


def _meant(name: Name, named: Mapping[str, Sequence[Known]], holder: Holder) -> Target | FieldError:
    source, key, variable = name
    if not source:
        return FieldError("source", "falta", None, SOURCE_RIGHT)
    mine = [one for one in named.get(source, ()) if holder.may_push(one.source_id, one.point_id)]
    live = [one for one in mine if one.is_live]
    # Of several sources of a point, the one that exists to be pushed to.
    chosen = live if len(live) < 2 else [one for one in live if one.is_pushed]
    if not mine:
        return FieldError("source", "no existe, o esta clave no es para ella", source[:60], SOURCE_RIGHT)
    if not live:
        return FieldError("source", "no está activa", source[:60], "actívela, o use otra")
    if len(chosen) != 1:
        return FieldError("source", f"hay {len(live)} fuentes de ese punto", source[:60], "el id de una de ellas")
    return _of(chosen[0], key, variable)


def _of(known: Known, key: str | UnsetType, variable: str | UnsetType) -> Target | FieldError:
    right = f"una de: {', '.join(known.keys)[:200]}" if known.keys else "la fuente no tiene claves asignadas"
    if isinstance(key, str) and key:
        if isinstance(variable, str):
            return FieldError("variable", "viene junto con «key»", variable[:60], "una sola de las dos")
        return known.keys.get(key) or FieldError("key", "esta fuente no la tiene", key[:60], right)
    if not isinstance(variable, str) or not variable:
        return FieldError("key", "falta", None, f"{right}; o «variable»")
    if variable in known.variables:
        problem = "varias claves de esta fuente la dicen"
        return known.variables[variable] or FieldError("variable", problem, variable[:60], right)
    return FieldError(
        "variable", "esta fuente no la tiene", variable[:60], f"una de: {', '.join(known.variables)[:200]}"
    )
