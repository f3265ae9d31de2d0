"""A store, read and tested: what figures and the report are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.paired import Study
from analysis.tables import Tables, distinguish

if TYPE_CHECKING:
    from analysis.hypotheses import Hypothesis
    from hill_exp.records import Store


class NoData(Exception):
    """Why a figure cannot be drawn from this store."""


@dataclass(frozen=True)
class Main:
    """The setting of a dataset under which most people were compared, and their conditions there."""

    dataset: str
    setting: str  # what sets it apart from the dataset's other settings
    arms: Mapping[str, str]  # user, or user and setting where several are shown -> condition

    def of(self, user: str) -> str | None:
        return self.arms.get(user)


@dataclass(frozen=True)
class Results:
    store: Store
    tables: Tables
    hypotheses: Sequence[Hypothesis]
    tests: pd.DataFrame  # analysis.hypotheses.evaluate

    @cached_property
    def study(self) -> Study:
        return Study(self.tables.participants, self.tables.groups)

    @cached_property
    def main(self) -> list[Main]:
        """One a dataset."""
        conditions = self.study.conditions
        strata = self.study.stratum(("user",))
        sizes = self.study.present.sum()
        settings = distinguish(conditions[[c for c in conditions.columns if not c.startswith("user")]])
        found = []
        for dataset, rows in conditions.groupby("dataset", sort=True):

            def weight(stratum: int, rows: pd.DataFrame = rows) -> tuple[int, bool, int]:
                mine = rows[strata[rows.index] == stratum]
                return (
                    mine["user"].nunique(),
                    bool((mine["teacher"] != "annotation").all()),
                    int(sizes[mine.index].sum()),
                )

            best = max(strata[rows.index].unique(), key=weight)
            chosen = rows[strata[rows.index] == best]
            arms = {user: _strongest(same, sizes) for user, same in chosen.groupby("user", sort=False)}
            anyone = arms.get("none", next(iter(arms.values())))
            found.append(Main(str(dataset), settings[anyone], arms))
        return found

    def margin(self, metric: str) -> float | None:
        """The smallest effect of interest that a hypothesis states for a metric."""
        stated = [t.margin for h in self.hypotheses for t in h.tests if t.metric == metric and not h.dose]
        return stated[0] if stated else None


def _strongest(rows: pd.DataFrame, sizes: pd.Series) -> str:
    """Of conditions with the same user name, one for figures by user: most participants, then the highest settings
    (the full dose of a sweep)."""
    own = rows[[c for c in rows.columns if c.startswith("user.")]].apply(pd.to_numeric, errors="coerce").fillna(0)
    height = own.to_numpy(dtype=float).clip(-1e9, 1e9).sum(axis=1) if own.shape[1] else np.zeros(len(rows))
    order = sorted(range(len(rows)), key=lambda i: (sizes[rows.index[i]], height[i]), reverse=True)
    return str(rows.index[order[0]])
