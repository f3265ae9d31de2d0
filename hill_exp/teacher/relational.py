"""Relational: the latents keep the distances of the edited layout, up to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from hill_exp.teacher.ops import TINY, distances, mean_where
from hill_exp.teacher.pairwise import Pairwise, others
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch


class Relational(Pairwise):
    """Huber loss between the pairwise distances of the latents and of the edited layout, each over their mean.

    Source: relational knowledge distillation, distance-wise (Park, Kim, Lu, Cho 2019, arXiv 1904.05068, eqs. 5 to 8),
    with the edited layout in the place of the teaching network; over the pairs in a batch of a point and
    another of its company:

        psi(x_i, x_j) = |x_i - x_j| / mu,    mu = mean over the pairs of |x_i - x_j|          (5, 6)
        loss = mean over the pairs of huber_1(psi(z_i, z_j) - psi(y'_i, y'_j))                (7, 8)

    A mean where (7) has a sum, as in the authors' code. Where all points of one side coincide, mu counts as 1.
    That a person's drags set distances which the representation shall follow is also the idea of DeepSI (Bian, North
    2021), by inverse multidimensional scaling.
    """

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        from torch.nn.functional import smooth_l1_loss

        wanted = self.pair_distances(rows, teaching)
        pairs = others(wanted)
        have, want = (_relative(apart, pairs) for apart in (distances(latents), wanted.where(pairs, 0)))
        return mean_where(smooth_l1_loss(have, want, reduction="none"), pairs)


def _relative(apart: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
    mean = mean_where(apart, pairs)
    return apart / mean.where(mean > TINY, 1)
