"""What every tracker is: it is told of a condition once its records are in the store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from hill_exp.config import Choice
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record


class Tracker(Choice):
    """Where else the results go, beside the store."""

    @abstractmethod
    def track(
        self, condition: Condition, records: Sequence[Record], pictures: Sequence[Path], folder: Path
    ) -> str | None:
        """Log one condition; the warning to give if that failed in any way, else None. It raises nothing."""
