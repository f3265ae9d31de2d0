"""UMAP (McInnes, Healy, Melville 2018, arXiv 1802.03426) by umap-learn, started where the last layout was.

umap-learn's pieces are called one by one, not its class UMAP, which stretches an initial layout to a square of its
own (so that a warm start would not hold), and compiles its code anew in every process. The neighbours are exact.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.projection.align import Map
from hill_exp.projection.base import Projection
from hill_exp.projection.pca import Pca
from hill_exp.types import Floats, Layout

if TYPE_CHECKING:
    from scipy.sparse import coo_array

# In umap's units, where the attraction of two points fades at a distance of about 1.
RADIUS = 6.0  # RMS radius to start from: about where layouts of some hundred points come to rest
JITTER = 0.0006  # coincident points neither attract nor repel each other, and would stay together for ever
COLD_RATE = 1.0  # umap's own learning rate
WARM_RATE = 0.25  # moves the picture half as much as 1.0, with the same trustworthiness (300 and 1,000 digits)


class Umap(Projection):
    neighbours: int = Field(ge=2)
    min_dist: float = Field(ge=0, le=1)
    cold_epochs: int = Field(ge=1, le=10_000)
    warm_epochs: int = Field(ge=1, le=10_000)

    @property
    @override
    def preload(self) -> str | None:
        return "hill_exp.projection.warm_umap"

    @override
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        umap = _library()
        epochs, rate = (self.cold_epochs, COLD_RATE) if last is None else (self.warm_epochs, WARM_RATE)
        start = last or Pca().project(latents, None, rng)
        noise = rng.normal(scale=JITTER, size=start.positions.shape)
        places = (RADIUS * start.positions + noise).astype(np.float32)
        edges = self._edges(latents, epochs)
        if edges.nnz:  # a lone point has none
            umap.optimize_layout(
                places,
                places,
                edges.row,
                edges.col,
                epochs,
                len(places),
                umap.make_epochs_per_sample(edges.data, epochs),
                *umap.find_ab_params(1.0, self.min_dist),
                rng.integers(-(2**31), 2**31, size=3),
                initial_alpha=rate,
                move_other=True,
            )
        return Map(places.astype(float))

    def _edges(self, latents: Floats, epochs: int) -> coo_array:
        """The weighted graph of neighbours, (N, N), without the edges too weak to be drawn within so many epochs."""
        import torch
        from scipy.sparse import coo_array

        umap = _library()
        n = len(latents)
        k = min(self.neighbours, n)
        z = torch.tensor(latents, dtype=torch.float32)
        # Without matrix products, whose rounding would give a point a distance from itself.
        pairs = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(-1)  # itself first
        nearest = pairs.topk(k, largest=False)
        indices = nearest.indices.to(torch.int32).numpy()
        distances = nearest.values.clamp_(min=0).numpy()
        sigmas, rhos = umap.smooth_knn_dist(distances, float(k))
        rows, columns, strengths, _ = umap.compute_membership_strengths(indices, distances, sigmas, rhos)
        directed = coo_array((strengths, (rows, columns)), shape=(n, n)).tocsr()
        edges = (directed + directed.T - directed * directed.T).tocoo()  # fuzzy union
        edges.data[edges.data < edges.data.max(initial=0) / epochs] = 0
        edges.eliminate_zeros()
        return edges


class _Library(NamedTuple):
    find_ab_params: Any
    make_epochs_per_sample: Any
    smooth_knn_dist: Any
    compute_membership_strengths: Any
    optimize_layout: Any


@cache
def _library() -> _Library:
    """The functions of umap-learn, its compiled code kept on disk: only the first process on a machine compiles.

    The two that it compiles for several threads are compiled for one: a process may then be forked after a projection
    (GNU's OpenMP ends such a child), and so small a task gains nothing from threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap tells of an extra (TensorFlow) that is not installed
        import numba
        from umap import layouts, umap_

    def serial(function: Any) -> Any:
        return numba.njit(function.py_func, locals=function.locals, cache=True)

    layouts._nb_optimize_layout_euclidean_single_epoch.enable_caching()
    return _Library(
        umap_.find_ab_params,
        umap_.make_epochs_per_sample,
        serial(umap_.smooth_knn_dist),
        serial(umap_.compute_membership_strengths),
        layouts.optimize_layout_euclidean,
    )
