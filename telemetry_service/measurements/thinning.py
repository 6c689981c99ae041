"""Fewer points that draw the same line. Plain Python over (x, y) pairs in the order of x."""

from collections.abc import Sequence

Pair = tuple[int, float]


def largest_triangles(pairs: Sequence[Pair], *, most: int) -> list[Pair]:
    """At most `most` of the pairs, the first and the last among them, chosen by Largest-Triangle-Three-Buckets.

    Of each bucket the pair stays that spans the largest triangle with the one kept before it and the mean of the next
    bucket. Source: Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland,
    2013. `most` is 3 or more.
    """
    count = len(pairs)
    if count <= most:
        return list(pairs)
    edges = [1 + (count - 2) * n // (most - 2) for n in range(most - 1)]
    kept = [pairs[0]]
    for n in range(most - 2):
        following = pairs[edges[n + 1] : edges[n + 2]] if n + 2 < len(edges) else pairs[-1:]
        kept.append(_farthest(pairs[edges[n] : edges[n + 1]], kept[-1], _mean(following)))
    return [*kept, pairs[-1]]


def _mean(pairs: Sequence[Pair]) -> tuple[float, float]:
    return sum(x for x, _ in pairs) / len(pairs), sum(y for _, y in pairs) / len(pairs)


def _farthest(bucket: Sequence[Pair], before: Pair, after: tuple[float, float]) -> Pair:
    (x0, y0), (x2, y2) = before, after
    run, rise = x2 - x0, y2 - y0
    # Twice the triangle's area, written so that the loop multiplies twice.
    return max(bucket, key=lambda pair: abs(run * (pair[1] - y0) - rise * (pair[0] - x0)))


def extremes(pairs: Sequence[Pair], *, most: int) -> list[Pair]:
    """At most `most` of the pairs: of each of `most` / 4 equal stretches of x the first, least, greatest and last.

    No peak is lost and no gap is filled: a stretch without pairs has none. `most` is 4 or more.
    """
    if len(pairs) <= most:
        return list(pairs)
    start, end = pairs[0][0], pairs[-1][0]
    stretches = most // 4
    kept: list[Pair] = []
    low = 0
    for n in range(stretches):
        limit = start + (end - start) * (n + 1) // stretches
        high = low
        while high < len(pairs) and (pairs[high][0] < limit or n == stretches - 1):
            high += 1
        if high > low:
            kept += _corners(pairs[low:high])
        low = high
    return kept


def _corners(stretch: Sequence[Pair]) -> list[Pair]:
    by_value = (min(stretch, key=_value), max(stretch, key=_value))
    return sorted({stretch[0], *by_value, stretch[-1]})


def _value(pair: Pair) -> float:
    return pair[1]
