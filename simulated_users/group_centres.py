"""Where groups of points are, as a whole: the mean and the median of each."""

from __future__ import annotations

import numpy as np

from hill_exp.types import Floats, Ints


def means(points: Floats, group: Ints, k: int) -> Floats:
    """(k, 2) mean of the `points` (N, 2) of each group 0..k-1; NaN where a group is empty. Groups below 0 are none."""
    member = group >= 0
    count = np.bincount(group[member], minlength=k)
    sums = np.stack([np.bincount(group[member], points[member, axis], minlength=k) for axis in (0, 1)], axis=1)
    with np.errstate(invalid="ignore"):
        return sums / count[:, None]


def medians(points: Floats, group: Ints, k: int) -> Floats:
    """(k, 2) coordinate-wise median, as `means`: what a few stray points do not shift."""
    # Not scipy.ndimage.median by label: it gives the empty groups some other group's value, needs 31 ms more to import
    # where scipy.optimize already is, and takes 96 us instead of 32 us for 300 points in 10 groups.
    member = group >= 0
    count = np.bincount(group[member], minlength=k)
    first, full = count.cumsum() - count, count > 0
    centres = np.full((k, 2), np.nan)
    for axis in (0, 1):
        values = points[member, axis]
        values = values[np.lexsort((values, group[member]))]  # group by group, each in order
        middle = values[(first + (count - 1) // 2)[full]], values[(first + count // 2)[full]]
        centres[full, axis] = (middle[0] + middle[1]) / 2
    return centres
