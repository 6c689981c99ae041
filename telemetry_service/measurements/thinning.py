"""Fewer points that draw the same line. Over arrays of x, ascending, and y: which of the points stay."""

import numpy as np
from numpy.typing import NDArray

Xs = NDArray[np.int64]
Ys = NDArray[np.float64]
Kept = NDArray[np.intp]


def largest_triangles(xs: Xs, ys: Ys, *, most: int) -> Kept:
    """The places of at most `most` points, the first and the last among them, by Largest-Triangle-Three-Buckets.

    Of each bucket the point stays that spans the largest triangle with the one kept before it and the mean of the next
    bucket. Source: Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland,
    2013. `most` is 3 or more.
    """
    count = len(xs)
    if count <= most:
        return np.arange(count)
    # From the first point on: a date in microseconds leaves a float no room for what follows the second.
    run = (xs - xs[0]).astype(np.float64)
    edges = 1 + (count - 2) * np.arange(most - 1) // (most - 2)
    mean_xs, mean_ys = (_means(of, edges) for of in (run, ys))
    kept = np.empty(most, np.intp)
    kept[0], kept[-1] = 0, count - 1
    for n in range(most - 2):
        low, high, last = edges[n], edges[n + 1], kept[n]
        x0, y0 = run[last], ys[last]
        # Twice the triangle's area.
        areas = np.abs((mean_xs[n + 1] - x0) * (ys[low:high] - y0) - (mean_ys[n + 1] - y0) * (run[low:high] - x0))
        kept[n + 1] = low + np.argmax(areas)
    return kept


def _means(of: Ys, edges: NDArray[np.int64]) -> Ys:
    """Of each bucket, and behind them the last point alone."""
    starts = np.append(edges[:-1], len(of) - 1)
    means: Ys = np.add.reduceat(of, starts) / np.append(np.diff(edges), 1)
    return means


def extremes(xs: Xs, ys: Ys, *, most: int) -> Kept:
    """The places of at most `most` points: of each of `most` / 4 equal stretches of x the first, least, greatest, last.

    No peak is lost and no gap is filled: a stretch without points has none. `most` is 4 or more.
    """
    count = len(xs)
    if count <= most:
        return np.arange(count)
    stretches = most // 4
    span = int(xs[-1] - xs[0])
    # The last stretch has the last point too. Where a stretch begins, in whole units of x.
    limits = xs[0] + np.array([span * n // stretches for n in range(1, stretches)], np.int64)
    edges = np.unique(np.concatenate(([0], np.searchsorted(xs, limits, side="left"))))
    edges = edges[edges < count]
    ends = np.append(edges[1:], count)
    least, greatest = (_places_of(of, edges, ends) for of in (ys, -ys))
    return np.unique(np.concatenate((edges, least, greatest, ends - 1)))


def _places_of(ys: Ys, edges: Kept, ends: Kept) -> Kept:
    """Of each stretch, where it is least; of equals the first."""
    return np.array([low + int(np.argmin(ys[low:high])) for low, high in zip(edges, ends, strict=True)], np.intp)
