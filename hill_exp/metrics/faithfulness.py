"""Is the picture true? How far what lies together in a layout lies together in the latents, and the other way round."""

from __future__ import annotations

from typing import Final

import numpy as np

from hill_exp.types import Floats, Ints

NEIGHBOURS: Final = 10  # k: points that count as near to each, itself left out
MEASURES: Final = ("trustworthiness", "continuity", "neighbour_agreement")


def faithfulness(latents: Floats, positions: Floats, k: int = NEIGHBOURS) -> dict[str, float]:
    """MEASURES of a layout `positions` (N, 2) of latents (N, d), each from 0 to 1, which is the true picture.

    trustworthiness: what is near in the layout is near in the latents; a neighbour in the layout that is none in the
    latents costs by how far down their ranks it stands. continuity: the same with the spaces exchanged, so that what
    is near in the latents is not torn apart (Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection
    methods", ICANN; scikit-learn's trustworthiness). neighbour_agreement: the share of the k nearest in the latents
    that are among the k nearest in the layout; of a layout by chance about k / N, where the other two are about 1/2.

    NaN where N is too small for k neighbours (N <= 2k), which the first two are not defined for.
    """
    n = len(positions)
    if n <= 2 * k:
        return dict.fromkeys(MEASURES, float("nan"))
    from scipy.spatial.distance import cdist

    high, low = (cdist(x, x) for x in (latents, positions))
    for apart in (high, low):
        np.fill_diagonal(apart, np.inf)
    of_high, of_low = (np.argpartition(apart, k, axis=1)[:, :k] for apart in (high, low))
    both = (of_high[:, :, None] == of_low[:, None, :]).any(axis=2)
    return {
        "trustworthiness": _in_rank(high, of_low),
        "continuity": _in_rank(low, of_high),
        "neighbour_agreement": float(both.mean()),
    }


def _in_rank(apart: Floats, near: Ints) -> float:
    """scikit-learn's trustworthiness, of distances `apart` (N, N) that are there already: 1 less by how far down their
    ranks the neighbours `near` (N, k) of each point stand beyond k."""
    n, k = near.shape
    ranks = [1 + np.count_nonzero(apart < np.take_along_axis(apart, column[:, None], 1), axis=1) for column in near.T]
    beyond = np.maximum(np.array(ranks) - k, 0).sum()
    return float(1 - beyond * 2 / (n * k * (2 * n - 3 * k - 1)))
