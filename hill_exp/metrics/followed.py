"""Which of the moved points have followed the edit? Read off the pictures alone, as the person sees it."""

from __future__ import annotations

from typing import Final

import numpy as np

from hill_exp.metrics.faithfulness import NEIGHBOURS
from hill_exp.types import Bools, Edit, Floats, Ints

# By how much of itself the mean rank falls. A picture changes by itself too: on digits (umap, pca) half of the points
# moved by an oracle lie nearer under a teaching of weight 0, but 1 to 10 of 100 by a quarter; under weight 1, 28 to 53.
NEARER: Final = 0.25


def followed(before: Floats, after: Floats, edit: Edit, k: int = NEIGHBOURS) -> Bools:
    """(N,) the moved points that have followed the edit: they lie clearly nearer to the company that it gave them.

    The company of a moved point are its k nearest neighbours in the edited layout, moved or not (all others, if there
    are fewer). The points are ranked by their distance from it, 1 the nearest, in the layout that was edited, `before`
    (N, 2), and in the one after the epochs under the edit, `after` (N, 2). It has followed if the mean rank of its
    company has fallen by NEARER of what it was. Ranks, since a picture may be turned and stretched; and no teacher's
    meaning of the edit is asked, so that all are compared. A point that was only shifted among its neighbours has
    nothing to gain, and does not follow.
    """
    moved = np.flatnonzero(edit.moved)
    k = min(k, len(before) - 1)
    have = np.zeros(len(before), dtype=bool)
    if k and len(moved):
        company = _ranks(edit.positions, moved).argsort(axis=1)[:, :k]  # (M, k)
        old, new = (np.take_along_axis(_ranks(x, moved), company, axis=1).mean(axis=1) for x in (before, after))
        have[moved] = new <= (1 - NEARER) * old
    return have


def _ranks(positions: Floats, of: Ints) -> Ints:
    """(M, N) the rank of each point by its distance from each of the M points `of`, 1 the nearest; of itself N."""
    from scipy.spatial.distance import cdist

    distances = cdist(positions[of], positions)
    distances[np.arange(len(of)), of] = np.inf
    return distances.argsort(axis=1, kind="stable").argsort(axis=1) + 1
