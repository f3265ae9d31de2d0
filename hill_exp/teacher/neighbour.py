"""Neighbour: a moved point takes the latents of those among whom it was dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.base import LatentTeacher
from hill_exp.teacher.ops import distances, edited_places
from hill_exp.types import Lesson, Teaching, UserError

if TYPE_CHECKING:
    import torch

SOFTENING = 1e-3  # layout units, added to every distance: a neighbour on the very same place has a finite weight


class Neighbour(LatentTeacher):
    """Mean squared error to the mean latent of the point's neighbours at the place where it was dropped.

    Source: the first version of SpaceEditing (Wei et al. 2022, arXiv 2212.04065, abstract: find the high-dimensional
    features that correspond to where the point was moved, and feed them back for retraining). The form is ours:
    inverse-distance weighting (Shepard 1968, power 1) over the neighbours N(i): the `k` nearest other points of the
    layout after the edit, moved or not, and those that are as near as the k-th; z are their latents at the edit:

        t_i = sum_{j in N(i)} w_ij z_j / sum_{j in N(i)} w_ij,    w_ij = 1 / (|y'_i - y'_j| + SOFTENING)
        loss = mean over the taught points i of the batch of |z_i - t_i|^2 / d

    A sham edit (points handled and put back) therefore teaches too: it draws them to the mean of their neighbours.
    """

    k: int = Field(ge=1)

    @override
    def check_points(self, n: int) -> None:
        if self.k >= n:
            raise UserError(f"teacher.k = {self.k}: must be below the number of canvas points, which is {n}")

    @override
    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """target (N, d): t_i. Raises UserError where there are not k other points."""
        self.check_points(len(latents))
        apart = distances(edited_places(lesson, latents)).fill_diagonal_(float("inf"))
        reach = apart.topk(self.k, dim=1, largest=False).values[:, -1:]
        weights = (1 / (apart + SOFTENING)).where(apart <= reach, 0)  # (N, N)
        return self.teaching(lesson, weights @ latents / weights.sum(dim=1, keepdim=True))
