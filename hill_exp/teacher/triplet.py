"""Triplet: a point lies nearer to those it was put with than to those it was kept apart from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.base import Teacher
from hill_exp.teacher.ops import distances, mean_where, pairs, together, unit
from hill_exp.types import Teaching

if TYPE_CHECKING:
    import torch


class Triplet(Teacher):
    """Triplet loss over all triplets of taught points in a batch: an anchor, one it is together with, one it is not.

    Sources: SpaceEditing (Wei et al., IUI 2024) lets a triplet loss follow what the person did to a layout. Which
    triplets it forms is not public to us; here positives and negatives are read off the edited layout by `together`
    (hill_exp.teacher). The hinge is FaceNet's, on latents u scaled to length 1 (Schroff et al. 2015,
    arXiv 1503.03832, sec. 3.1), with the distance itself and not its square, as Hermans et al. 2017
    (arXiv 1703.07737) advise, and over all triplets of the batch (their L_BA):

        h(a, p, n) = |u_a - u_p| - |u_a - u_n| + margin
        loss = mean over the triplets with h > 0 of h

    The mean leaves out the triplets that are satisfied already (their variant BA != 0), as these would soon make up
    nearly all and drown the rest. Memory grows with the cube of the batch.
    """

    radius: float = Field(gt=0)
    margin: float = Field(gt=0, le=2)  # 2 is the largest distance there is between two points of length 1

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        others = pairs(teaching.mask[rows])
        close = together(teaching.target[rows], self.radius)
        triplets = (others & close)[:, :, None] & (others & ~close)[:, None, :]  # (anchor, positive, negative)
        apart = distances(unit(latents))
        hinge = apart[:, :, None] - apart[:, None, :] + self.margin
        return mean_where(hinge, triplets & (hinge > 0))
