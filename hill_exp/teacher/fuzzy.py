"""Fuzzy: the latents have the fuzzy neighbourhoods of the edited layout (the cross-entropy of UMAP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.ops import distances, mean_where, unit
from hill_exp.teacher.pairwise import Pairwise, others
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch

NEAREST = 1e-3  # squared distance added in the repulsion, as UMAP's own code does (clip of 1 / (0.001 + d^2))


class Fuzzy(Pairwise):
    """Cross-entropy between the fuzzy graph of the edited layout and that of the latents.

    Source: UMAP (McInnes, Healy, Melville 2018, arXiv 1802.03426, sec. 2.3) as a loss of a network, parametric UMAP
    (Sainburg, McInnes, Gentner 2021, arXiv 2009.12981, eq. 4), with the two spaces exchanged, as here the layout is
    what is wanted and the latents follow. Over the pairs of a point i and another j of its company in the batch:

        p_ij = exp(-(|y'_i - y'_j| / radius)^2)
        q_ij = 1 / (1 + |u_i - u_j|^2 / width^2)
        loss = mean over the pairs of -p_ij log q_ij - (1 - p_ij) log(1 - q_ij)

    The membership p is a Gaussian of one width, as a person's drop has the same meaning everywhere, where UMAP's
    depends on the density; q is UMAP's 1 / (1 + a d^2b) with b = 1 (Student's t) on latents u of length 1, so the
    scale of the latents plays no part. Every pair attracts with p and repels with 1 - p: every gesture has an answer.
    """

    radius: float = Field(gt=0)
    width: float = Field(gt=0)

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        apart = self.pair_distances(rows, teaching)
        p = (-(apart / self.radius).square()).exp()
        squared, width = distances(unit(latents)).square(), self.width**2
        attract = (1 + squared / width).log()  # -log q
        repel = (squared + width).log() - (squared + NEAREST).log()  # -log(1 - q)
        return mean_where(p * attract + (1 - p) * repel, others(apart))
