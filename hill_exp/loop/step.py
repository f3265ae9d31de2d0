"""How the student is trained: the settings, and one step under a teaching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import Field

from hill_exp.config import Choice
from hill_exp.loop.augmentation import Augmentation, Consistency
from hill_exp.types import NO_CLASS

if TYPE_CHECKING:
    import torch

    from hill_exp.loop.batches import Batch
    from hill_exp.types import Teaching


class Training(Choice):
    """The part of the configuration that training has without anybody looking."""

    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=2)  # canvas points a step, labelled or not
    learning_rate: float = Field(gt=0)  # of Adam
    learning_rate_schedule: Literal["constant", "cosine"]  # over the epochs: flat, or falling to 0
    weight_decay: float = Field(ge=0)  # of Adam, decoupled (AdamW)
    label_smoothing: float = Field(ge=0, lt=1)  # of the observed labels: the share spread over all classes
    augmentation: Augmentation
    consistency: Consistency
    keep: Literal["last", "best_validation"]  # whose network is scored: that of the last epoch, or of the best
    target_accuracy: float = Field(ge=0, le=1)  # for `epochs_to_target`, a metric only

    def optimizer(self, net: torch.nn.Module) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        """AdamW, and what sets its learning rate, to be stepped after every epoch."""
        from torch.optim import AdamW
        from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR

        # Fused: a step of a small network takes less than half as long.
        optimizer = AdamW(net.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay, fused=True)
        if self.learning_rate_schedule == "cosine":
            return optimizer, CosineAnnealingLR(optimizer, T_max=self.epochs)
        return optimizer, ConstantLR(optimizer, factor=1)

    def keeps(self, accuracies: Sequence[float]) -> bool:
        """Whether, of the epochs so far, with these validation accuracies, the last one's network is the one to score.
        Between equals the earliest is."""
        return self.keep == "last" or accuracies.index(max(accuracies)) == len(accuracies) - 1


class HasLoss(Protocol):
    """A teacher, as far as a step needs it."""

    def loss(
        self, latents: torch.Tensor, logits: torch.Tensor, rows: torch.Tensor, teaching: Teaching
    ) -> torch.Tensor: ...


class Diverged(Exception):
    """The loss is no longer a finite number."""


@contextmanager
def drawing_from(seed: int, device: str) -> Iterator[None]:
    """Within, torch's own generators begin at `seed`, that of the device (cpu or cuda) too; behind, they are as they
    were. What a step draws (dropout, views) then hangs on nothing that ran before."""
    import torch

    with torch.random.fork_rng(devices=[] if device == "cpu" else [torch.cuda.current_device()]):
        torch.default_generator.manual_seed(seed)
        if device != "cpu":
            torch.cuda.manual_seed(seed)
        yield


def step_loss(
    net: torch.nn.Module,
    batch: Batch,
    training: Training,
    teaching: Teaching | None,
    teacher: HasLoss | None,
    weight: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss to step down, and what it is made of, detached (3,): cross-entropy, teaching and consistency loss.

    The cross-entropy is the mean over the points with an observed label, 0 if there is none.
    """
    import torch
    from torch.nn.functional import cross_entropy

    latents, logits = net(batch.weak)
    labelled = (batch.observed != NO_CLASS).sum().clamp(min=1)
    summed = cross_entropy(
        logits, batch.observed, ignore_index=NO_CLASS, reduction="sum", label_smoothing=training.label_smoothing
    )
    total = supervised = summed / labelled
    taught = consistent = supervised.new_zeros(())
    if teaching is not None and teacher is not None and weight != 0:
        taught = teacher.loss(latents, logits, batch.rows, teaching)
        total = total + weight * taught
    if batch.strong is not None:
        consistent = consistency_loss(logits, net(batch.strong)[1], training.consistency.threshold)
        total = total + training.consistency.weight * consistent
    return total, torch.stack([supervised, taught, consistent]).detach()


def consistency_loss(weak: torch.Tensor, strong: torch.Tensor, threshold: float) -> torch.Tensor:
    """FixMatch's loss on unlabelled data (Sohn et al. 2020, arXiv 2001.07685, equation 4), of logits (B, C) of the two
    views: the mean over all points of the cross-entropy of the strong view with the label that the weak one has, 0
    where its probability is below the threshold. No gradient runs through the weak view."""
    from torch.nn.functional import cross_entropy

    probability, label = weak.detach().softmax(1).max(1)
    return (cross_entropy(strong, label, reduction="none") * (probability >= threshold)).mean()
