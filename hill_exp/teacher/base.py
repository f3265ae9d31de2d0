"""What every teacher is: a teaching made from a lesson, and a loss that follows it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.company import company_distances
from hill_exp.config import Choice
from hill_exp.teacher.ops import edited_places, mean_where
from hill_exp.types import Bools, Lesson, Teaching

if TYPE_CHECKING:
    import torch


class Teacher(Choice):
    """What all teachers share: how much, when, which points, and for how long."""

    needs_projection: ClassVar[str | None] = None  # the only projection that it can teach with; None: any

    weight: float = Field(ge=0)  # of the teaching beside the cross-entropy
    weight_schedule: Literal["constant", "warmup", "decay"]  # over the run: flat, rising from 0, falling to 0
    points: Literal["attended", "company", "all"]  # taught: those attended to, these and their company, all shown
    company: int = Field(ge=0)  # points not attended to nearest to each that was, and to where it was taken from
    memory: int | None = Field(ge=1)  # turns that an edit holds; None: until the point is moved again

    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """Turn the lesson into a teaching. latents (N, d) are the canvas' at the moment of the edit, detached.

        Unless the teacher says otherwise, target (N, 2) are the edited places, in layout units.
        """
        return self.teaching(lesson, edited_places(lesson, latents))

    @abstractmethod
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        """The teaching loss, a scalar, of one batch: latents (B, d), logits (B, C), rows (B,) canvas numbers.

        Points outside the mask do not enter. A batch with nothing to teach gives a zero that has a gradient.
        """

    def check_points(self, n: int) -> None:
        """UserError where this teacher cannot teach on a canvas of n points."""

    def mask(self, lesson: Lesson) -> Bools:
        """(N,) the points that this teacher teaches."""
        if self.points == "all":
            return np.ones_like(lesson.held)
        if self.points == "attended":
            return lesson.held
        return lesson.held | np.isfinite(company_distances(lesson, self.company)).any(axis=0)

    def teaching(
        self,
        lesson: Lesson,
        target: torch.Tensor,
        embed: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> Teaching:
        """`target` (N, k) for the points of `mask`."""
        import torch

        return Teaching(torch.tensor(self.mask(lesson), device=target.device), target, embed)

    def weight_at(self, share: float) -> float:
        """The weight when `share` in [0, 1] of the epochs from the first turn to the end has passed."""
        factor = {"constant": 1.0, "warmup": share, "decay": 1 - share}[self.weight_schedule]
        return self.weight * factor


class LatentTeacher(Teacher):
    """One whose target (N, d) is a latent for each point: mean squared error to it."""

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        error = (latents - teaching.target[rows]).square().mean(dim=1)  # (B,)
        return mean_where(error, teaching.mask[rows])
