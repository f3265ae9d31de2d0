"""Projective: the latents shall project to where the person put the points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from hill_exp.embedder import imitate
from hill_exp.teacher.base import Teacher
from hill_exp.teacher.ops import edited_places, mean_where
from hill_exp.types import Lesson, Teaching

if TYPE_CHECKING:
    import torch


class Projective(Teacher):
    """Squared distance, in the layout, from the projected latent to the edited place.

    Source: Projective Latent Interventions (Hinterreiter, Streit, Kainz 2020, arXiv 2006.12902), whose total loss is
    (1 - lambda) CE + lambda |E(z) - y'|^2 with y' the edited layout and E a network that imitates the projection:

        loss = mean over the taught points i of the batch of |E(z_i) - y'_i|^2

    E is the projection's own network if it has one, else one trained on the shown layout at the moment of the edit;
    it stays fixed. As here the cross-entropy has weight 1, their lambda is weight = lambda / (1 - lambda): the two
    totals then differ by the factor 1 - lambda, which acts on the learning rate only.
    """

    @override
    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """target (N, 2): y'_i, in layout units."""
        layout = lesson.layout
        embed = imitate(latents, layout.positions, rng) if layout.embed is None else layout.embed
        return self.teaching(lesson, edited_places(lesson, latents), embed)

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        if teaching.embed is None:
            raise ValueError("the projective teacher follows a teaching that it made itself: this one has no embed")
        error = (teaching.embed(latents) - teaching.target[rows]).square().sum(dim=1)  # (B,)
        return mean_where(error, teaching.mask[rows])
