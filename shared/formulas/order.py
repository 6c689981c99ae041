"""In which order things that are made of each other can be made, and the ring that makes it impossible."""

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def in_order(needs: Mapping[T, Collection[T]]) -> list[T]:
    """Each after all that it needs. What is needed and not itself made of anything is left out. No ring in `needs`."""
    done: dict[T, None] = {}
    for start in needs:
        if start not in done:
            _follow(needs, start, done)
    return list(done)


def ring_in(needs: Mapping[T, Collection[T]]) -> list[T] | None:
    """A ring, its first at both ends, as `a → b → a`; None where there is none."""
    done: dict[T, None] = {}
    for start in needs:
        ring = None if start in done else _follow(needs, start, done)
        if ring:
            return ring
    return None


def _follow(needs: Mapping[T, Collection[T]], start: T, done: dict[T, None]) -> list[T] | None:
    # By hand: as deep as somebody's configuration is long.
    path, stack = [start], [(start, iter(needs[start]))]
    while stack:
        one, rest = stack[-1]
        for following in rest:
            if following in path:
                return [*path[path.index(following) :], following]
            if following not in done and following in needs:
                path.append(following)
                stack.append((following, iter(needs[following])))
                break
        else:
            stack.pop()
            path.pop()
            done.setdefault(one)
    return None
