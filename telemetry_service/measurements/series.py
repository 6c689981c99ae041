"""Walking many series in the order of their key, from where a page ended."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

# Series asked for in one query: each is one short walk along the key.
TOGETHER = 50
T = TypeVar("T")


def series_of(
    points: Sequence[UUID], variables: Sequence[str], *, after: tuple[UUID, str, str] | None, beginning: str
) -> Iterator[tuple[UUID, str, str]]:
    """Point, variable, and behind which time to go on: `beginning`, but for the series in which `after` lies."""
    reached = after[:2] if after else None
    for point in points:
        for variable in variables:
            if reached is None or (point, variable) > reached:
                yield point, variable, beginning
            elif after and (point, variable) == reached:
                yield point, variable, after[2]


def in_pieces(series: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(series)
    while some := list(islice(remaining, TOGETHER)):
        yield some
