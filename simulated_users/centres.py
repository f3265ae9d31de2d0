"""Where the points of a class are, as a whole."""

from __future__ import annotations

import numpy as np

from hill_exp.types import Floats, Ints


def means(points: Floats, group: Ints, k: int) -> Floats:
    """(k, 2) mean of the `points` (N, 2) of each group 0..k-1; NaN where a group is empty. Groups below 0 are none."""
    there = group >= 0
    count = np.bincount(group[there], minlength=k)
    sums = np.stack([np.bincount(group[there], points[there, axis], minlength=k) for axis in (0, 1)], axis=1)
    with np.errstate(invalid="ignore"):
        return sums / count[:, None]


def medians(points: Floats, group: Ints, k: int) -> Floats:
    """(k, 2) coordinate-wise median, as `means`: what a few stray points do not shift."""
    there = group >= 0
    count = np.bincount(group[there], minlength=k)
    first, full = count.cumsum() - count, count > 0
    centres = np.full((k, 2), np.nan)
    for axis in (0, 1):
        values = points[there, axis]
        values = values[np.lexsort((values, group[there]))]  # group by group, each in order
        middle = values[(first + (count - 1) // 2)[full]], values[(first + count // 2)[full]]
        centres[full, axis] = (middle[0] + middle[1]) / 2
    return centres
