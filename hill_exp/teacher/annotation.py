"""Annotation, the control: the same gestures, used as labels and not as moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.teacher.base import Teacher
from hill_exp.teacher.ops import cross_entropy_where, edited_places, together
from hill_exp.types import NO_CLASS, Floats, Ints, Lesson, Teaching

if TYPE_CHECKING:
    import torch


class Annotation(Teacher):
    """Cross-entropy on the label of the group that a point was put into, as a labelling tool would use the gesture.

    The group of a point are the others that the edited layout puts together with it (`together`, hill_exp.teacher)
    and that carry an observed label, moved or not. Its label is theirs by majority; between labels of equal number
    the nearest of their points decides, then canvas order. A point without a group gets no label and is not taught.

    The point's own observed label, if it has one, has no vote: the person put the point there, and a labelling tool
    overwrites. (The cross-entropy on the observed labels, which every teacher stands beside, still knows the old one.)

        loss = mean over the labelled taught points i of the batch of -log softmax(logits_i)[label_i]

    With `points: all` the rule gives every point a label, also those that nobody touched; with `points: company` the
    company of the moved points, too.
    """

    radius: float = Field(gt=0)
    label_smoothing: float = Field(ge=0, lt=1)  # of these labels: the share spread over all classes

    @override
    def teach(self, lesson: Lesson, latents: torch.Tensor, rng: np.random.Generator) -> Teaching:
        """target (N, 1): the label, or NO_CLASS where the mask is False."""
        import torch

        close = together(edited_places(lesson, latents), self.radius).cpu().numpy()
        np.fill_diagonal(close, False)
        close &= lesson.observed != NO_CLASS
        labels = np.full((len(close), 1), NO_CLASS)
        for point in np.flatnonzero(self.mask(lesson) & close.any(axis=1)):
            group = np.flatnonzero(close[point])
            apart = np.linalg.norm(lesson.edited[group] - lesson.edited[point], axis=1)
            labels[point] = majority(lesson.observed[group], apart)
        target = torch.tensor(labels, device=latents.device)
        return Teaching(target[:, 0] != NO_CLASS, target)

    @override
    def loss(self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching) -> torch.Tensor:
        return cross_entropy_where(logits, teaching.target[rows, 0], teaching.mask[rows], self.label_smoothing)


def majority(labels: Ints, apart: Floats) -> int:
    """The most frequent of labels (m,); of several, the one that the nearest point has, at distances apart (m,)."""
    votes = np.bincount(labels)[labels]
    most = votes == votes.max()
    return int(labels[most][apart[most].argmin()])
