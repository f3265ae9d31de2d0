"""Contrastive: points put together attract one another, points kept apart repel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.base import Teacher
from hill_exp.teacher.ops import mean_where, pairs, together, unit
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch


class Contrastive(Teacher):
    """Supervised contrastive loss whose positives are the points that the edited layout puts together.

    Source: Khosla et al. 2020 (arXiv 2004.11362), eq. 2 (L_out: the mean over the positives outside the logarithm),
    with u the latents scaled to length 1 and A(i) the other taught points of the batch:

        P(i) = {p in A(i): together(p, i)}
        s(i, j) = u_i . u_j / temperature
        loss = mean over i with P(i) not empty of -1/|P(i)| sum_{p in P(i)} log( e^s(i,p) / sum_{a in A(i)} e^s(i,a) )

    A mean where eq. 2 has a sum over anchors; an anchor without a positive leaves it. The paper's classes are here
    `together` (hill_exp.teacher), and its projection head is absent: what is taught is the latent that is shown.
    """

    radius: float = Field(gt=0)
    temperature: float = Field(gt=0)

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        import torch

        others = pairs(teaching.mask[rows])  # A(i)
        positives = others & together(teaching.target[rows], self.radius)  # P(i)
        direction = unit(latents)
        similarity = direction @ direction.T / self.temperature  # (B, B)
        # Not -inf, which gives a row without others a nan on the way back.
        lowest = torch.finfo(similarity.dtype).min
        log_share = similarity - similarity.where(others, lowest).logsumexp(dim=1, keepdim=True)
        of_anchor = -log_share.where(positives, 0).sum(dim=1) / positives.sum(dim=1).clamp(min=1)
        return mean_where(of_anchor, positives.any(dim=1))
