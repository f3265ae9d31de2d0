"""A small network trained on umap's layout: differentiable, and quick for new points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from hill_exp.embedder import imitate
from hill_exp.projection.align import Map, place
from hill_exp.projection.umap import Umap
from hill_exp.types import Floats, Layout

if TYPE_CHECKING:
    import torch


class Parametric(Umap):
    """The layout shown is the network's, not umap's: `embed` of the latents equals the positions."""

    @override
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        import torch

        model = place(super().raw(latents, last, rng), last)
        z = torch.tensor(latents, dtype=torch.float32)
        network = imitate(z, model.positions, rng)

        def embed(z: torch.Tensor) -> torch.Tensor:
            return network.to(z)(z)  # the network follows its input's device and precision

        return Map(embed(z).double().numpy(), embed=embed)
