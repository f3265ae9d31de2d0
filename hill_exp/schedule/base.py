"""What every schedule is: a warm-up, a number of turns, the budget of each, and a rule for the next."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, field_validator

from hill_exp.config import Choice
from hill_exp.types import Budget


class Schedule(Choice):
    """What all schedules share."""

    warmup: int = Field(ge=0)  # epochs before the first turn
    turns: int = Field(ge=1)  # at most
    budget: Budget  # of one turn

    def is_turn(self, turn_epochs: Sequence[int], validation_losses: Sequence[float]) -> bool:
        """Whether the person is asked now: after len(validation_losses) epochs, and after the turns that came at
        `turn_epochs` (the number of epochs done at each)."""
        done = len(validation_losses)
        if len(turn_epochs) >= self.turns or done < self.warmup or (turn_epochs and turn_epochs[-1] == done):
            return False
        return not turn_epochs or self.is_due(turn_epochs[-1], validation_losses)

    @field_validator("budget", mode="before")
    @classmethod
    def _is_of_numbers(cls, budget: Any) -> Any:
        for name, limit in budget.items() if isinstance(budget, Mapping) else ():
            if isinstance(limit, bool):
                raise ValueError(f"{name} must not be true or false")
        return budget

    @abstractmethod
    def is_due(self, last: int, validation_losses: Sequence[float]) -> bool:
        """Whether another turn is due, the last one having come after `last` epochs."""
