"""The two principal components. Linear: an edit in the layout lifts exactly to the latents."""

from __future__ import annotations

import numpy as np

from hill_exp.projection.align import Map
from hill_exp.projection.base import Projection
from hill_exp.types import Floats, Layout


class Pca(Projection):
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        axes = np.linalg.svd(latents - latents.mean(axis=0), full_matrices=False)[2][:2]
        basis = np.zeros((2, latents.shape[1]))  # a component that does not exist (one point, d = 1) stays zero
        basis[: len(axes)] = axes
        return Map(latents @ basis.T, basis=basis)
