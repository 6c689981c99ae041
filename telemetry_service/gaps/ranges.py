"""Which stretches of which series have to be looked at again. No clock, no database."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

# Arrivals that lie closer are looked at in one stretch, as long as that does not grow beyond what is read at once.
NEAR = 24 * 3600 * 1_000_000
LONGEST = 31 * NEAR


class Range(NamedTuple):
    """From the oldest to the newest of the readings that came, both included. Microseconds since 1970."""

    source_id: UUID
    key: str
    first: int
    last: int


def ranges(touched: Iterable[Range]) -> list[Range]:
    """In order, what lies near one another together, and nothing longer than LONGEST."""
    out: list[Range] = []
    for one in sorted(touched):
        same = out and out[-1][:2] == one[:2] and one.first - out[-1].last <= NEAR
        if same and max(one.last, out[-1].last) - out[-1].first <= LONGEST:
            out[-1] = out[-1]._replace(last=max(out[-1].last, one.last))
        else:
            out += _cut(one)
    return out


def _cut(one: Range) -> Iterator[Range]:
    while one.last - one.first > LONGEST:
        yield one._replace(last=one.first + LONGEST)
        one = one._replace(first=one.first + LONGEST)
    yield one
