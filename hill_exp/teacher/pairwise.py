"""What teachers of pairs share: which pairs of points an edited layout says something about, and how far apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from hill_exp.company import company_distances
from hill_exp.teacher.base import Teacher
from hill_exp.teacher.ops import distances, edited_places
from hill_exp.types import Lesson, Teaching

if TYPE_CHECKING:
    import torch


class Pairwise(Teacher):
    """One whose target (N, N) is, for each point i and its company j, their distance in the edited layout.

    In layout units; inf: nothing is said about the pair. Row i speaks of point i, so under `points: company` the rows
    of points that nobody attended to are empty, and two of them never make a pair; one attended to is in its own
    company, at distance 0, so that it has something to be compared with where it has been put beside nobody.
    """

    @override
    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        import torch

        apart = distances(edited_places(lesson, latents))
        taught = self.teaching(lesson, apart)
        if self.points != "company":
            return Teaching(taught.mask, apart.fill_diagonal_(math.inf))
        held = torch.tensor(lesson.held, device=apart.device)
        beside = torch.tensor(company_distances(lesson, self.company), dtype=apart.dtype, device=apart.device)
        return Teaching(taught.mask, apart.where(held[:, None] & held, beside))

    def pair_distances(self, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        """(B, B) the target of a batch, inf for pairs with a point outside the mask."""
        mask = teaching.mask[rows]
        return teaching.target[rows[:, None], rows].where(mask[:, None] & mask, math.inf)


def others(apart: torch.Tensor) -> torch.Tensor:
    """(B, B) the pairs of two different points that `apart` (B, B) says something about."""
    import torch

    return (apart < math.inf) & ~torch.eye(apart.shape[0], dtype=torch.bool, device=apart.device)
