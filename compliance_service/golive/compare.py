"""What we would have reported beside what another system did, hour by hour. Plain Python: no clock, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from compliance_service.files.columns import Row


@dataclass(frozen=True, slots=True)
class Difference:
    slot_at: datetime
    field: str
    ours: str
    theirs: str
    by: Decimal | None  # None: one of them is no number


@dataclass(frozen=True, slots=True)
class Comparison:
    """`greatest`: of each field, by how much the two differ at most."""

    equal: int
    differences: Sequence[Difference]
    only_ours: Sequence[datetime]
    only_theirs: Sequence[datetime]
    greatest: Mapping[str, Decimal]

    @property
    def differing(self) -> int:
        """Hours, not fields."""
        return len({one.slot_at for one in self.differences})


def compare(ours: Sequence[Row], theirs: Sequence[Row]) -> Comparison:
    mine = {row.slot_at: row.fields for row in ours}
    other = {row.slot_at: row.fields for row in theirs}
    both = sorted(mine.keys() & other.keys())
    found = [one for slot in both for one in _differences(slot, mine[slot], other[slot])]
    greatest: dict[str, Decimal] = {}
    for one in found:
        if one.by is not None:
            greatest[one.field] = max(one.by, greatest.get(one.field, Decimal(0)))
    differing = {one.slot_at for one in found}
    return Comparison(
        equal=len(both) - len(differing),
        differences=found,
        only_ours=sorted(mine.keys() - other.keys()),
        only_theirs=sorted(other.keys() - mine.keys()),
        greatest=greatest,
    )


def _differences(slot: datetime, ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    found = []
    for name in ours.keys() & theirs.keys():
        mine, other = _number(ours[name]), _number(theirs[name])
        by = abs(mine - other) if mine is not None and other is not None else None
        if by != 0 and ours[name] != theirs[name]:
            found.append(Difference(slot, name, ours[name], theirs[name], by))
    return sorted(found, key=lambda one: one.field)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
