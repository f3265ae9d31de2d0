"""A turn whenever training has stalled."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from hill_exp.schedule.base import Schedule


class Plateau(Schedule):
    """After the warm-up, a turn when the validation loss of the last `patience` epochs is no better, by
    `improvement`, than the best before them. A turn starts the count anew."""

    patience: int = Field(ge=1)  # epochs
    improvement: float = Field(ge=0)  # of validation loss (nats) that counts as one

    def is_due(self, last: int, validation_losses: Sequence[float]) -> bool:
        since = validation_losses[last:]
        if len(since) <= self.patience:
            return False
        return min(since[-self.patience :]) > min(since[: -self.patience]) - self.improvement
