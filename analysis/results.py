"""A store, read and tested: what figures and the report are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import pandas as pd

from analysis.paired import Pairing
from analysis.tables import Tables, distinguish

if TYPE_CHECKING:
    from analysis.hypotheses import Hypothesis
    from hill_exp.record.store import Store


class NoData(Exception):
    """Why a figure cannot be drawn from this store."""


@dataclass(frozen=True)
class Main:
    """The setting of a dataset under which most people were compared, and their conditions there."""

    dataset: str
    setting: str  # what sets it apart from the dataset's other settings
    arms: Mapping[str, str]  # user -> condition
    variants: Mapping[str, str]  # user -> which of its settings is meant, where it was run with several


@dataclass(frozen=True)
class Results:
    store: Store
    tables: Tables
    hypotheses: Sequence[Hypothesis]
    tests: pd.DataFrame  # analysis.hypotheses.evaluate

    @classmethod
    def of(cls, store: Store, tables: Tables, stated: Sequence[Hypothesis]) -> Self:
        """The store's `tables`, tested for what is `stated`."""
        from analysis import hypotheses, scope

        return cls(store, tables, stated, scope.over_images(hypotheses.evaluate(stated, tables), tables))

    @cached_property
    def pairing(self) -> Pairing:
        return Pairing(self.tables.participants, self.tables.groups, self.tables.confusions)

    @cached_property
    def main(self) -> list[Main]:
        """One a dataset."""
        conditions = self.pairing.conditions
        strata = self.pairing.stratum(("user",))
        sizes = self.pairing.present.sum()
        settings = distinguish(conditions[[c for c in conditions.columns if not c.startswith("user")]])
        mains = []
        for dataset, rows in conditions.groupby("dataset", sort=True):
            by_stratum = {
                settings[same.index[0]]: same for _, same in rows.groupby(strata[rows.index], sort=False)
            }  # the text, so that ties are broken the same way in every store
            best = max(sorted(by_stratum), key=lambda text: _weight(by_stratum[text], sizes))
            chosen = by_stratum[best]
            variants = distinguish(chosen, beyond=("user",))
            arms = {
                str(user): _strongest(same.index, sizes, self._heights)
                for user, same in chosen.groupby("user", sort=False)
            }
            several = {user: variants[condition] for user, condition in arms.items() if variants[condition]}
            mains.append(Main(str(dataset), best, arms, several))
        return mains

    @cached_property
    def representatives(self) -> list[str]:
        """One condition a user and setting: where a user was run with several settings of its own, the one that
        figures by user show."""
        sizes = self.pairing.present.sum()
        strata = self.pairing.stratum(("user",))
        by_setting = strata.groupby([strata, self.pairing.conditions["user"]], sort=False)
        return [_strongest(same.index, sizes, self._heights) for _, same in by_setting]

    @cached_property
    def _heights(self) -> pd.Series:
        """Of each condition, how high the settings of its user are, all together."""
        conditions = self.pairing.conditions
        amounts = conditions[[c for c in conditions.columns if c.startswith("user.")]]
        return amounts.apply(pd.to_numeric, errors="coerce").fillna(0).astype(float).clip(-1e9, 1e9).sum(axis=1)

    @cached_property
    def specifications(self) -> pd.DataFrame:
        """analysis.specification.table"""
        from analysis import specification

        return specification.table(self)

    def margin(self, metric: str) -> float | None:
        """The smallest effect of interest that a hypothesis states for a metric."""
        stated = [t.margin for h in self.hypotheses for t in h.tests if t.metric == metric and not h.dose]
        return stated[0] if stated else None


def _weight(rows: pd.DataFrame, sizes: pd.Series) -> tuple[int, bool, int]:
    """How much is to be seen in a setting: people, and rather where they teach by the layout, and participants."""
    return rows["user"].nunique(), bool((rows["teacher"] != "annotation").all()), int(sizes[rows.index].sum())


def _strongest(conditions: pd.Index, sizes: pd.Series, heights: pd.Series) -> str:
    """Of conditions with the same user name, one for figures by user: most participants, then the highest settings
    (the full dose of a sweep); the first of equal ones."""
    return str(max(conditions, key=lambda condition: (sizes[condition], heights[condition])))
