"""Triplet: a point lies nearer to those it was put with than to those it was kept apart from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.ops import distances, mean_where, unit
from hill_exp.teacher.pairwise import Pairwise, others
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch


class Triplet(Pairwise):
    """Triplet loss over all triplets of a batch: an anchor, one of its company it is together with, one it is not.

    Sources: SpaceEditing (Wei et al., IUI 2024) lets a triplet loss follow what the person did to a layout. Which
    triplets it forms is not public to us; here positives are at most `radius` from the anchor in the edited layout,
    negatives the rest of its company. The hinge is FaceNet's, on latents u scaled to length 1 (Schroff et al. 2015,
    arXiv 1503.03832, sec. 3.1), with the distance itself and not its square, as Hermans et al. 2017
    (arXiv 1703.07737) advise, and over all triplets of the batch (their L_BA):

        h(a, p, n) = |u_a - u_p| - |u_a - u_n| + margin
        loss = mean over the triplets with h > 0 of h

    The mean leaves out the triplets that are satisfied already (their variant BA != 0), as these would soon make up
    nearly all and drown the rest. Memory grows with the cube of the batch. Under `points: company` an anchor stands
    for the positive, or the negative, that it lacks: one without a positive is driven from its company as far as
    the margin, one without a negative drawn to it.
    """

    radius: float = Field(gt=0)
    margin: float = Field(gt=0, le=2)  # 2 is the largest distance there is between two points of length 1

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        apart = self.pair_distances(rows, teaching)
        itself = apart.isfinite() & ~others(apart)
        positives, negatives = others(apart) & (apart <= self.radius), others(apart) & (apart > self.radius)
        lacks = [itself & ~members.any(dim=1, keepdim=True) for members in (positives, negatives)]
        positives, negatives = positives | lacks[0], negatives | lacks[1]
        triplets = positives[:, :, None] & negatives[:, None, :]  # (anchor, positive, negative)
        latent = distances(unit(latents))
        hinge = latent[:, :, None] - latent[:, None, :] + self.margin
        return mean_where(hinge, triplets & (hinge > 0))
