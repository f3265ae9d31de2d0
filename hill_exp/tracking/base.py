"""The one seam of trackers: they are told of a condition once its records are in the store, as if it ran again.

Nothing that a tracker does can then cost a record, or hang on which worker ran what; and what was run before it was
asked for is tracked as well.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hill_exp.config import Choice
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record


@dataclass(frozen=True)
class Run:
    """One condition as it is told of.

    records: of the participants who ended well, at least one. files: where these lie. differences: control -> metric
    -> (mean paired difference from it, number of pairs). pictures: PNGs. folder: the run's own, to write into.
    """

    condition: Condition
    is_control: bool
    seed: int
    records: Sequence[Record]
    files: Sequence[Path]
    differences: Mapping[str, Mapping[str, tuple[float, int]]]
    pictures: Sequence[Path]
    folder: Path

    @property
    def id(self) -> str:
        """The same for the same participants under the same condition."""
        return f"{self.condition.id}-{self.seed}-{len(self.records)}"

    @property
    def group(self) -> str:
        """What the conditions share that are compared: all but the user."""
        names = {**self.condition.names, "user": "", "arm": ""}
        return "-".join([*filter(None, names.values()), f"seed{self.seed}"])

    @property
    def user(self) -> str:
        return self.condition.names.get("arm") or self.condition.names["user"]

    def epochs(self) -> Iterator[dict[str, float]]:
        """A row an epoch: the mean over participants of each column of `Record.epochs`."""
        return _means([record.epochs for record in self.records])

    def turns(self) -> Iterator[dict[str, float]]:
        """A row a turn: the mean, over those who had it, of each column of `Record.turns`."""
        return _means([record.turns for record in self.records])


class Tracker(Choice):
    """Where else the results go, beside the store. Whatever its methods raise is one warning."""

    @property
    def is_on(self) -> bool:
        """Whether it is to be told."""
        return True

    def check(self) -> None:
        """UserError where it cannot work here, before anything is trained."""

    @abstractmethod
    def on_start(self, run: Run) -> None:
        """A condition begins."""

    def on_epoch(self, epoch: int, row: Mapping[str, float]) -> None:
        """One of its epochs, from 1; row: of `Run.epochs`."""

    def on_turn(self, turn: int, row: Mapping[str, float]) -> None:
        """One of its turns, from 0; row: of `Run.turns`. All epochs have been told."""

    def on_end(self, run: Run) -> None:
        """It has ended; also where something before failed, so that what was opened is closed."""

    def follow(self, run: Run) -> str | None:
        """Tell of the run from its start to its end. Gives the warning where that failed in any way, else None."""
        warning = None
        try:
            try:
                self.on_start(run)
                for row in run.epochs():
                    self.on_epoch(int(row["epoch"]), row)
                for row in run.turns():
                    self.on_turn(int(row["turn"]), row)
            finally:
                self.on_end(run)
        except Exception as error:  # trackers raise of many kinds, into whoever calls them
            reason = " ".join(str(error).split()) or "no reason given"
            warning = f"{type(self).__name__}: {type(error).__name__}: {reason}. The store has everything."
        return warning


def _means(columns: Sequence[Mapping[str, Sequence[float]]]) -> Iterator[dict[str, float]]:
    names = [*dict.fromkeys(name for each in columns for name in each)]
    for row in range(max((len(values) for each in columns for values in each.values()), default=0)):
        there = {name: [each[name][row] for each in columns if row < len(each.get(name, ()))] for name in names}
        known = {name: [value for value in values if np.isfinite(value)] for name, values in there.items()}
        yield {name: float(np.mean(values)) for name, values in known.items() if values}
