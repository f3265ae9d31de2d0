"""Plain supervised training, and one step of it under a teaching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from hill_exp.config import Choice
from hill_exp.types import NO_CLASS

if TYPE_CHECKING:
    import torch

    from hill_exp.teacher import Teacher
    from hill_exp.types import Teaching


class Training(Choice):
    """The part of the configuration that training has without anybody looking."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)  # canvas points a step, labelled or not
    learning_rate: float = Field(gt=0)  # of Adam
    weight_decay: float = Field(ge=0)  # of Adam, decoupled (AdamW)
    target_accuracy: float = Field(ge=0, le=1)  # for `epochs_to_target`, a metric only


class Diverged(Exception):
    """The loss is no longer a finite number."""


def step_loss(
    latents: torch.Tensor,
    logits: torch.Tensor,
    observed: torch.Tensor,
    rows: torch.Tensor,
    teaching: Teaching | None,
    teacher: Teacher | None,
    weight: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(total, cross-entropy, teaching loss) of a batch: latents (B, d), logits (B, C), observed (B,), rows (B,).

    The cross-entropy is the mean over the points with an observed label, 0 if there is none.
    """
    from torch.nn.functional import cross_entropy

    labelled = (observed != NO_CLASS).sum().clamp(min=1)
    supervised = cross_entropy(logits, observed, ignore_index=NO_CLASS, reduction="sum") / labelled
    if teaching is None or teacher is None or weight == 0:
        return supervised, supervised, supervised.new_zeros(())
    taught = teacher.loss(latents, logits, rows, teaching)
    return supervised + weight * taught, supervised, taught
