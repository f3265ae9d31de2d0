"""Is the picture true? How far what lies together in a layout lies together in the latents, and the other way round."""

from __future__ import annotations

from typing import Final

import numpy as np

from hill_exp.types import Floats

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
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    # Centred before they are rounded: distances by matrix products lose what lies far from the origin.
    spaces = [(x - x.mean(axis=0)).astype(np.float32) for x in (latents, positions)]
    near = np.zeros((2, n, n), dtype=bool)
    for space, within in zip(spaces, near, strict=True):
        nearest = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(space).kneighbors(return_distance=False)
        np.put_along_axis(within, nearest, True, axis=1)
    high, low = spaces
    return {
        "trustworthiness": float(trustworthiness(high, low, n_neighbors=k)),
        "continuity": float(trustworthiness(low, high, n_neighbors=k)),
        "neighbour_agreement": float((near[0] & near[1]).sum() / (n * k)),
    }
