"""Contrastive: points put together attract one another, points kept apart repel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.ops import mean_where, unit
from hill_exp.teacher.pairwise import Pairwise, others
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch


class Contrastive(Pairwise):
    """Supervised contrastive loss whose positives are the points that the edited layout puts together.

    Source: Khosla et al. 2020 (arXiv 2004.11362), eq. 2 (L_out: the mean over the positives outside the logarithm),
    with u the latents scaled to length 1, A(i) the company of i in the batch, and y' the edited layout:

        P(i) = {p in A(i), p != i: |y'_p - y'_i| <= radius};  {i} where that is empty and i is in A(i)
        s(i, j) = u_i . u_j / temperature
        loss = mean over i with P(i) not empty of -1/|P(i)| sum_{p in P(i)} log( e^s(i,p) / sum_{a in A(i)} e^s(i,a) )

    A mean where eq. 2 has a sum over anchors. The paper's classes are here places, and its projection head is absent:
    what is taught is the latent that is shown. A(i) holds i under `points: company` alone. There a point that was
    taken to an empty place is its own positive, as an image in its two views is in SimCLR (Chen et al. 2020, arXiv
    2002.05709), so it is driven from its old company; and one that has positives alone is still drawn to them. With
    `points: attended` or `all`, A(i) are the other points taught, as in the paper, and an anchor without a positive
    leaves the mean.
    """

    radius: float = Field(gt=0)
    temperature: float = Field(gt=0)

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        import torch

        apart = self.pair_distances(rows, teaching)
        company, beside = apart < math.inf, others(apart)  # A(i), and without i
        positives = beside & (apart <= self.radius)
        positives = positives | (company & ~beside & ~positives.any(dim=1, keepdim=True))  # P(i)
        direction = unit(latents)
        similarity = direction @ direction.T / self.temperature  # (B, B)
        # Not -inf, which gives a row without company a nan on the way back.
        lowest = torch.finfo(similarity.dtype).min
        pushed = similarity.where(company, lowest).logsumexp(dim=1)
        drawn = (similarity * positives).sum(dim=1) / positives.sum(dim=1).clamp(min=1)
        return mean_where(pushed - drawn, positives.any(dim=1))
