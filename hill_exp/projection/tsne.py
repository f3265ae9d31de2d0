"""t-SNE (van der Maaten & Hinton 2008, JMLR 9) by openTSNE (Poličar, Stražar, Zupan 2024), started where the last
layout was."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import override

from hill_exp.projection.align import Map
from hill_exp.projection.base import Projection
from hill_exp.projection.pca import Pca
from hill_exp.types import Floats, Layout, UserError

# In t-SNE's units, where near points come to lie at distances of about 1.
RADIUS = 0.5  # RMS radius to start from, times the root of N: about where layouts come to rest
COLD_RADIUS = 1e-4  # of a first layout, which grows (Kobak & Berens 2019, Nature Communications 10)
JITTER = 1e-5  # coincident points would stay together for ever
EXAGGERATION = 12.0  # of attraction, in the first part of a first layout
FEWEST = 5  # points; of fewer there is no neighbourhood, and the principal components are shown


class Tsne(Projection):
    perplexity: float = Field(ge=2)
    exaggerated_epochs: int = Field(ge=1, le=10_000)
    cold_epochs: int = Field(ge=1, le=10_000)
    warm_epochs: int = Field(ge=1, le=10_000)

    @model_validator(mode="after")
    def _is_installed(self) -> Tsne:
        if find_spec("openTSNE") is None:
            raise UserError("projection=tsne needs the package openTSNE. Install it with: sh setup.sh tsne")
        return self

    @property
    @override
    def preload(self) -> str | None:
        return "openTSNE"

    @override
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        n, start = len(latents), last or Pca().project(latents, None, rng)
        if n < FEWEST:
            return Map(start.positions)
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN

        radius = COLD_RADIUS if last is None else RADIUS * np.sqrt(n)
        places = radius * start.positions + rng.normal(scale=JITTER, size=(n, 2))
        perplexity = min(self.perplexity, (n - 1) / 3)  # of three times as many neighbours
        affinities = PerplexityBasedNN(latents, perplexity=perplexity, method="exact", n_jobs=1)
        seed = int(rng.integers(2**31))
        # Barnes & Hut: of some thousand points ten times as quick as by interpolation.
        layout = TSNEEmbedding(places, affinities, negative_gradient_method="bh", n_jobs=1, random_state=seed)
        if last is None:
            layout.optimize(self.exaggerated_epochs, exaggeration=EXAGGERATION, momentum=0.5, inplace=True)
        layout.optimize(self.warm_epochs if last else self.cold_epochs, momentum=0.8, inplace=True)
        return Map(np.asarray(layout, dtype=float))
