"""The canvas in batches: what a step of training is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    from hill_exp.loop.step import Training


@dataclass(frozen=True)
class Batch:
    """Canvas points rows (B,), their observed labels (B,), and two views of their inputs (B, ...); strong is None
    where no consistency is trained."""

    rows: torch.Tensor
    observed: torch.Tensor
    weak: torch.Tensor
    strong: torch.Tensor | None


class Batches:
    """The canvas of one participant on its device: inputs (N, ...), images or not; observed (N,)."""

    def __init__(
        self, training: Training, inputs: torch.Tensor, images: bool, observed: torch.Tensor, rng: np.random.Generator
    ) -> None:
        self._training, self._inputs, self._images = training, inputs, images
        self._observed, self._rng = observed, rng
        self._mean = inputs.mean(0)

    def epoch(self) -> Iterator[Batch]:
        """Every canvas point once, in batches of nearly equal size."""
        import torch

        n = len(self._observed)
        order = torch.from_numpy(self._rng.permutation(n)).to(self._inputs.device)
        for rows in order.tensor_split(max(1, round(n / self._training.batch_size))):
            inputs = self._inputs[rows]
            yield Batch(rows, self._observed[rows], self._training.augmentation.of(inputs), self._strong(inputs))

    def _strong(self, inputs: torch.Tensor) -> torch.Tensor | None:
        augmentation, consistency = self._training.augmentation, self._training.consistency
        if consistency.weight == 0:
            return None
        return consistency.strong(inputs, augmentation) if self._images else consistency.masked(inputs, self._mean)
