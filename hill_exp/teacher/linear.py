"""Linear: in a linear layout an edit lifts exactly to the latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from typing_extensions import override

from hill_exp.teacher.base import LatentTeacher
from hill_exp.types import Lesson, Teaching, UserError

if TYPE_CHECKING:
    import torch


class Linear(LatentTeacher):
    """Mean squared error to the latent that lies where the person put the point, and differs least from the old one.

    With principal components a latent change dz moves the point by dy = W dz, W (2, d) the layout's basis. Of all
    changes that move it by dy, the smallest is given by the pseudo-inverse (Penrose 1956: the least-norm solution of
    a linear system):

        t_i = z_i + W^+ (y'_i - y_i)
        loss = mean over the taught points i of the batch of |z_i - t_i|^2 / d

    with z the latents at the moment of the edit, y and y' the layout before and after it. What the layout does not
    show of a latent stays as it was. A point that was put back is held where it was.
    """

    needs_projection: ClassVar[str | None] = "pca"

    @override
    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """target (N, d): t_i. Raises UserError where the layout is not linear."""
        import torch

        if lesson.layout.basis is None:
            raise UserError(
                "teacher = linear: can lift an edit from a linear layout only. Set projection=pca, or another teacher."
            )
        moved = lesson.edited - lesson.layout.positions
        lifted = moved @ np.linalg.pinv(lesson.layout.basis).T  # (N, d)
        target = latents + torch.tensor(lifted, dtype=latents.dtype, device=latents.device)
        return self.teaching(lesson, target)
