"""Imported where workers are forked from if layouts come from umap, whose import and compiling take seconds."""

from __future__ import annotations

import numpy as np

from hill_exp.projection.umap import Umap

_rng = np.random.default_rng(0)
_umap = Umap(neighbours=5, min_dist=0.1, cold_epochs=5, warm_epochs=5)
_latents = _rng.normal(size=(64, 8))
_umap.project(_latents, _umap.project(_latents, None, _rng), _rng)  # cold, then warm, as a participant would
