"""What a view tells beside the picture: where the names of the classes stand, and what lies near in the latents."""

from __future__ import annotations

from typing import Final

import numpy as np

from hill_exp.types import NO_CLASS, Floats, Ints

NEIGHBOURS: Final = 8  # of a point, that are shown


def names_of(positions: Floats, colours: Ints, classes: int) -> Ints:
    """(C,) for each class the point at which its name stands: of those of its colour (N,) at positions (N, 2), the one
    with the most of them among its neighbours, so that of several clusters the largest has it; NO_CLASS: there is
    none."""
    from scipy.spatial import cKDTree

    k = min(len(positions), 4 * NEIGHBOURS)
    near = cKDTree(positions).query(positions, k=np.arange(1, k + 1))[1]  # (N, k), itself among them
    company = (colours[near] == colours[:, None]).sum(1)
    names = np.full(classes, NO_CLASS, dtype=np.int64)
    for c in np.unique(colours[colours != NO_CLASS]):
        names[c] = np.where(colours == c, company, -1).argmax()
    return names


def neighbours_of(latents: Floats) -> Ints:
    """(N, k) of each point those nearest to it in the latents (N, d), the nearest first; k is NEIGHBOURS, or as many as
    there are."""
    from sklearn.neighbors import NearestNeighbors

    k = min(NEIGHBOURS, len(latents) - 1)
    if k < 1:
        return np.zeros((len(latents), 0), np.int64)
    centred = (latents - latents.mean(axis=0)).astype(np.float32)  # far from the origin, rounding would tell
    near = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(centred).kneighbors(return_distance=False)
    return near.astype(np.int64)
