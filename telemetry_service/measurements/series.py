"""Walking many series in the order of their key, from where a page ended."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from shared.db.replica import reader
from shared.errors import invalid

# Most series asked for in one query: each is one short walk along the key.
TOGETHER = 50
# What one answer may have to look into, be there something or not.
MOST_SERIES = 20_000
T = TypeVar("T")
THERE = """
SELECT point_id, variable FROM measurement_latest
 WHERE point_id = ANY(%s::uuid[]) AND variable = ANY(%s) ORDER BY point_id, variable
"""


def series_of(
    points: Sequence[UUID],
    variables: Sequence[str],
    *,
    after: tuple[UUID, str, str] | None,
    beginning: str,
    ever: bool = False,
) -> list[tuple[UUID, str, str]]:
    """Point, variable, and behind which time to go on: `beginning`, but for the series in which `after` lies.

    `points` and `variables` in ascending order. Where they are many, those series alone that have a measurement, or
    all of them where what is gone counts too (`ever`). Raises InvalidInput where these are too many for one answer.
    """
    few = ever or len(points) * len(variables) <= TOGETHER
    every = [(point, variable) for point in points for variable in variables] if few else _there(points, variables)
    if len(every) > MOST_SERIES:
        raise invalid(
            "points",
            f"la consulta abarca {len(every)} series (puntos por variables)",
            expected=f"a lo más {MOST_SERIES}: acote «points», «bbox», «near» o «variables»",
        )
    if after is None:
        return [(*one, beginning) for one in every]
    reached = after[:2]
    return [(*one, after[2] if one == reached else beginning) for one in every if one >= reached]


def in_pieces(series: Iterable[T]) -> Iterator[list[T]]:
    """One, then two, four, …: where the first fill a page, the others are not looked into."""
    remaining, count = iter(series), 1
    while some := list(islice(remaining, count)):
        yield some
        count = min(2 * count, TOGETHER)


def _there(points: Sequence[UUID], variables: Sequence[str]) -> list[tuple[UUID, str]]:
    with reader().cursor() as cursor:
        cursor.execute(THERE, [list(points), list(variables)])
        return [(UUID(str(point)), variable) for point, variable in cursor.fetchall()]
