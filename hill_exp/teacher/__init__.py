"""How an edited layout becomes a training signal: one teacher a file.

Total loss of a step: cross-entropy on the observed labels + weight * teacher.loss(...). With weight 0 a teacher
changes nothing, to the last bit.

Here: the base class, and the few tensor operations that teachers share. A loss keeps one shape whatever the batch
holds: points are masked, never selected, and nothing branches on data. So it has a finite gradient where there is
nothing to teach, and torch.func can lift it over participants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.config import Choice
from hill_exp.types import Bools, Lesson, Teaching

if TYPE_CHECKING:
    import torch

TINY = 1e-6  # a length at or below it has no direction, and is nothing to divide by


class Teacher(Choice):
    """What all teachers share: how much, when, which points, and for how long."""

    needs_projection: ClassVar[str | None] = None  # the only projection that it can teach with; None: any

    weight: float = Field(ge=0)  # of the teaching beside the cross-entropy
    weight_schedule: Literal["constant", "warmup", "decay"]  # over the run: flat, rising from 0, falling to 0
    taught: Literal["moved", "all"]  # the points under an edit, or all that are shown
    memory: int | None = Field(ge=1)  # turns that an edit holds; None: until the point is moved again

    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """Turn the lesson into a teaching. latents (N, d) are the canvas' at the moment of the edit, detached.

        Unless the teacher says otherwise, target (N, 2) are the edited places, in layout units.
        """
        return self.teaching(lesson, edited_places(lesson, latents))

    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        """The teaching loss, a scalar, of one batch: latents (B, d), logits (B, C), rows (B,) canvas numbers.

        Points outside the mask do not enter. A batch with nothing to teach gives a zero that has a gradient.
        """
        raise NotImplementedError

    def mask(self, lesson: Lesson) -> Bools:
        """(N,) the points that this teacher teaches."""
        return lesson.held if self.taught == "moved" else np.ones_like(lesson.held)

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


def edited_places(lesson: Lesson, like: torch.Tensor) -> torch.Tensor:
    """(N, 2) where the edit put every point, in the type and on the device of `like`."""
    import torch

    return torch.tensor(lesson.edited, dtype=like.dtype, device=like.device)


def distances(points: torch.Tensor) -> torch.Tensor:
    """(n, n) Euclidean distances of points (n, k); the gradient of a distance of 0 is 0."""
    import torch

    # The matrix-product form would put points that lie on one another a little apart.
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def together(places: torch.Tensor, radius: float) -> torch.Tensor:
    """(n, n) which points the layout puts together: places (n, 2) at most `radius` (layout units) apart.

    The one definition of it, from the edited layout alone. It is not transitive, and there is no clustering on top:
    a chain of close points does not make its two ends belong together. A point is together with itself.
    """
    return distances(places) <= radius


def pairs(taught: torch.Tensor) -> torch.Tensor:
    """(B, B) the ordered pairs of two different points that are both in `taught` (B,)."""
    import torch

    different = ~torch.eye(taught.shape[0], dtype=torch.bool, device=taught.device)
    return taught[:, None] & taught[None, :] & different


def mean_where(values: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """The mean of `values` where `chosen`, of the same shape; where nothing is, a 0 whose gradient is 0."""
    return values.where(chosen, 0).sum() / chosen.sum().clamp(min=1)


def unit(latents: torch.Tensor) -> torch.Tensor:
    """latents (B, d) scaled to length 1; one without a direction becomes 0 and gets no gradient."""
    squared = latents.square().sum(dim=1, keepdim=True)
    directed = squared > TINY**2
    return latents * squared.where(directed, 1).rsqrt().where(directed, 0)
