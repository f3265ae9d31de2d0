"""A turn every so many epochs."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from hill_exp.schedule.base import Schedule


class Regular(Schedule):
    """After the warm-up, a turn every `every` epochs."""

    every: int = Field(ge=1)  # epochs from turn to turn

    def is_due(self, last: int, validation_losses: Sequence[float]) -> bool:
        return len(validation_losses) - last >= self.every
