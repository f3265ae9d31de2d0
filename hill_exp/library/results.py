"""What a store holds, or one run of it: tables, tests and figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import hill_exp
from hill_exp.config.folder import HYPOTHESES
from hill_exp.record.store import Store
from hill_exp.types import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from analysis.kept_metric import KeptMetric
    from analysis.results import Results as Analysed
    from analysis.tables import Tables


@dataclass(frozen=True)
class Results:
    """The records of a store, read once, when first asked for. conditions: ids of those that are meant, the one that
    was run first and then its controls; (): all. metrics: further ones, of the probabilities that the store keeps.
    hypotheses: the folder of those that are tested."""

    path: Path
    conditions: tuple[str, ...] = ()
    metrics: tuple[KeptMetric, ...] = ()
    hypotheses: Path = HYPOTHESES

    @property
    def participants(self) -> pd.DataFrame:
        """A row a participant and condition, those who failed too: choices, outcomes, settings (docs/analysis.md)."""
        return self._tables.participants

    @property
    def epochs(self) -> pd.DataFrame:
        """A row an epoch of each participant and condition."""
        return self._tables.epochs

    @property
    def turns(self) -> pd.DataFrame:
        """A row a turn: what it cost, how true its picture was, and how the latents answered."""
        return self._tables.turns

    @property
    def groups(self) -> pd.DataFrame:
        """A row a class and group of the test set: how many images, and the accuracy on them."""
        return self._tables.groups

    def summary(self) -> pd.DataFrame:
        """Of a run: a row a metric, its mean with 95% interval and the paired difference from each control, in words.
        Of a store: a row a condition, how many ended well and the means of the main outcomes."""
        from analysis import brief
        from analysis.tables import OUTCOMES

        if self.conditions:
            return brief.summary_text(self.participants, self.conditions[0], self.conditions[1:])
        done = self.participants[self.participants["status"] == "done"]
        names = ["condition", "dataset", "model", "projection", "teacher", "user"]
        by_condition = done.groupby(names, observed=True, sort=False)
        outcomes = [*OUTCOMES, *(metric.name for metric in self.metrics)]
        return by_condition[outcomes].mean().assign(n=by_condition.size()).reset_index()

    def tests(self) -> pd.DataFrame:
        """The hypotheses (docs/statistics.md), a row a test and a comparison, with its verdict."""
        return self._analysed.tests

    def figure(self, name: str) -> Figure:
        """One of `figures`, or your own function by its path, as "module.function". UserError where there is no such
        figure, or the records have not what it needs."""
        from analysis.figures.catalogue import find
        from analysis.results import NoData

        try:
            return find(name, f"figure {name!r}").draw(self._analysed)
        except NoData as reason:
            raise UserError(f"figure {name!r}: {reason}") from None

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures that there are."""
        from analysis.figures.catalogue import FIGURES

        return tuple(FIGURES)

    @cached_property
    def _tables(self) -> Tables:
        _check_analysis()
        from analysis.kept_metric import introduce
        from analysis.tables import read

        introduce(self.metrics)
        store = Store(self.path)
        store.check_exists()
        chosen = [c for c in store.conditions() if c.id in self.conditions] if self.conditions else None
        return read(store, chosen, self.metrics)

    @cached_property
    def _analysed(self) -> Analysed:
        _check_analysis()
        from analysis import hypotheses
        from analysis.results import Results as Analysed

        stated = hypotheses.load(self.hypotheses)
        hypotheses.check(stated, self._tables.participants)
        return Analysed.of(Store(self.path), self._tables, stated)


def load(
    store: Path | str = "results", metrics: Sequence[KeptMetric] = (), hypotheses: Path | str = HYPOTHESES
) -> Results:
    """All that a store holds, a folder that runs wrote; with metrics and hypotheses of your own. UserError where there
    is no store."""
    Store(Path(store)).check_exists()
    return Results(Path(store), metrics=tuple(metrics), hypotheses=Path(hypotheses))


def _check_analysis() -> None:
    """UserError where a module of somebody else's that is called analysis stands before the one of this program."""
    import analysis

    here = Path(hill_exp.__file__).parents[1]
    found = Path(analysis.__file__ or ".").resolve()
    if here not in found.parents:
        raise UserError(
            f"analysis: {found} stands before the package of that name that hill_exp brings. Start Python in another "
            "folder, or rename it; python -m hill_exp needs neither"
        )
