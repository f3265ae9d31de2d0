"""UMAP (McInnes, Healy, Melville 2018, arXiv 1802.03426), started where the last layout was.

The graph is umap-learn's, of exact neighbours. The layout follows what umap-learn's samples of edges and of points that
repel follow in the mean (Damrich & Hamprecht 2021, "On UMAP's true loss function", NeurIPS), but moves all points at
once, by all their edges: without the noise of the samples a few epochs suffice, and the picture moves less from turn to
turn. NumPy does that on whole arrays, so nothing has to be compiled before the first picture.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.projection.align import Map
from hill_exp.projection.base import Projection
from hill_exp.projection.pca import Pca
from hill_exp.types import Floats, Ints, Layout

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# In umap's units, where the attraction of two points fades at a distance of about 1.
RADIUS = 4.0  # RMS radius to start from: below where layouts come to rest, so that what was torn apart may rejoin
JITTER = 0.0006  # coincident points neither attract nor repel each other, and would stay together for ever
SOFTENING = 0.03  # squared distance added in the repulsion of near points, which umap-learn clips
REPULSION = 5.0  # of a point, in edges' worth for each edge: umap-learn's negative_sample_rate
REPELLING = 100  # points, drawn anew, that stand for all in the repulsion of an epoch
MOMENTUM = 0.5  # share of a step that is made again in the next one
NARROWEST = 0.001  # width of a neighbourhood, in mean distances to the neighbours


class Umap(Projection):
    neighbours: int = Field(ge=2)
    min_dist: float = Field(ge=0, le=1)
    cold_epochs: int = Field(ge=1, le=10_000)
    warm_epochs: int = Field(ge=1, le=10_000)

    @override
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        start = last or Pca().project(latents, None, rng)
        noise = rng.normal(scale=JITTER, size=start.positions.shape)
        places = (RADIUS * start.positions + noise).astype(np.float32)
        epochs = self.cold_epochs if last is None else self.warm_epochs
        _arrange(places, neighbourhoods(latents, self.neighbours), epochs, self.min_dist, rng)
        return Map(places.astype(float))


def neighbourhoods(latents: Floats, neighbours: int) -> csr_array:
    """The fuzzy graph of latents (N, d): for each two points, (N, N), how far they count as near to each other, 0 to 1.

    The weight of a neighbour falls with its distance beyond the nearest, so quickly that all weights of a point come to
    log2 of the number of its neighbours (itself included); the two weights of a pair are joined as a fuzzy union.
    """
    from scipy.sparse import csr_array

    n = len(latents)
    k = min(neighbours, n)
    indices, distances = _nearest(latents, k)
    nearest = np.where(distances > 0, distances, np.inf).min(1, keepdims=True, initial=np.inf)
    beyond = np.maximum(distances - np.where(np.isfinite(nearest), nearest, 0), 0)
    weights = np.exp(-_rates(beyond, distances, k) * beyond)
    directed = csr_array((weights.ravel(), indices.ravel(), np.arange(n + 1) * (k - 1)), shape=(n, n))
    union: csr_array = directed + directed.T - directed * directed.T
    union.sort_indices()
    return union


def _nearest(latents: Floats, k: int) -> tuple[Ints, Floats]:
    """Of each point its k - 1 nearest others, the nearest first, and their distances."""
    import torch

    z = torch.tensor(latents, dtype=torch.float32)
    # Without matrix products, whose rounding would give a point a distance from itself.
    pairs = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(-1)  # itself first
    nearest = pairs.topk(k, largest=False)
    return nearest.indices[:, 1:].numpy(), nearest.values[:, 1:].double().numpy()


def _rates(beyond: Floats, distances: Floats, k: int) -> Floats:
    """(N, 1) how quickly the weights exp(-rate * beyond) fall, so that those of each point add up to log2(k).

    By Newton's method, which from 0 comes ever nearer from below, as the sum is convex. It is stopped where a
    neighbourhood would be too narrow, as that of a point whose neighbours are all equally near.
    """
    mean = distances.sum(1, keepdims=True) / k
    mean = np.where((distances > 0).any(1, keepdims=True), mean, mean.mean())
    most = 1 / np.maximum(NARROWEST * mean, np.finfo(np.float32).tiny)
    rates = np.zeros_like(most)
    for _ in range(64):
        weights = np.exp(-rates * beyond)
        excess = weights.sum(1, keepdims=True) - np.log2(k)
        slope = (weights * beyond).sum(1, keepdims=True)
        before = rates
        rates = np.minimum(rates + excess / np.maximum(slope, np.finfo(np.float32).tiny), most)
        if np.allclose(rates, before, rtol=1e-6, atol=0):
            break
    return rates


def _arrange(x: Floats, graph: csr_array, epochs: int, min_dist: float, rng: np.random.Generator) -> None:
    """Move points x (N, 2) in place for so many epochs.

    A step is shortened by the stiffness of the point's edges, as if their pull were taken where the step ends: so it
    throws no point beyond its neighbours.
    """
    a, b = curve(min_dist)
    n, repelling = len(x), min(len(x), REPELLING)
    weights, springs = graph.data.astype(np.float32), graph.astype(np.float32)
    rows, columns = np.repeat(np.arange(n), np.diff(graph.indptr)), graph.indices
    share = REPULSION / repelling * springs.sum(1)[:, None]
    step = np.zeros_like(x)
    for epoch in range(epochs):
        dx, dy = (x[rows] - x[columns]).T
        squared = dx * dx + dy * dy + np.float32(1e-12)
        nearness = squared**b
        springs.data = 4 * a * b * weights * nearness / (squared * (1 + a * nearness))
        stiffness = springs.sum(1)[:, None]
        pull = springs @ x - stiffness * x

        others = x[rng.choice(n, repelling, replace=False)]
        dx, dy = np.subtract.outer(x[:, 0], others[:, 0]), np.subtract.outer(x[:, 1], others[:, 1])
        squared = dx * dx + dy * dy
        strengths = 2 * b / ((squared + np.float32(SOFTENING)) * (1 + a * squared**b))
        # Not by a matrix product, whose result depends on the number of threads.
        push = share * np.stack([np.einsum("ij,ij->i", strengths, d) for d in (dx, dy)], axis=1)

        rate = np.float32(1 - epoch / epochs)
        step = MOMENTUM * step + rate * (pull + push) / (1 + rate * stiffness)
        x += step


@cache
def curve(min_dist: float) -> tuple[np.float32, np.float32]:
    """(a, b) of the nearness 1 / (1 + a d^2b) that is about 1 up to min_dist and falls off exponentially beyond it."""
    from scipy.optimize import curve_fit

    def nearness(d: Floats, a: float, b: float) -> Floats:
        near: Floats = 1 / (1 + a * d ** (2 * b))
        return near

    d = np.linspace(0, 3, 300)
    (a, b), _ = curve_fit(nearness, d, np.exp(-np.maximum(d - min_dist, 0)))
    return np.float32(a), np.float32(b)
