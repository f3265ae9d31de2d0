"""Pairs: the same participant under two conditions that differ in nothing but what is asked about."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.metrics import describe
from analysis.tables import CHOICES, setting_columns

INDIVIDUAL = ["seed", "participant"]


@dataclass(frozen=True)
class Pairs:
    """Differences of the participants that are complete, and how many are not."""

    differences: pd.Series  # indexed by seed and participant
    missing: int  # participants with a record under one of the conditions and no value under all
    censored: int = 0  # differences in which a target was never reached (see `values`)

    def __len__(self) -> int:
        return len(self.differences)


def values(table: pd.DataFrame, metric: str) -> pd.Series:
    """The metric of each row of the participants' table, as it enters a comparison.

    Epochs to a target that was never reached are not dropped, since those who never reach it are the slowest: they
    count as one more than the epochs there were, the earliest that it can have been (a restricted mean).
    """
    column = table[metric].astype(float) if metric in table else pd.Series(math.nan, index=table.index)
    return column.where(~never_reached(table, metric), table["epochs"] + 1.0)


def never_reached(table: pd.DataFrame, metric: str) -> pd.Series:
    """The rows that ended well without ever reaching the target of a metric that has one."""
    if not describe(metric).censored or metric not in table:
        return pd.Series(False, index=table.index)
    return (table["status"] == "done") & table[metric].isna() & (table["epochs"] > 0)


class Pairing:
    """The participants' table (and that of groups, for recalls) and what pairs need of them, worked out once.

    conditions: a row a condition, with its choices and settings; indexed by condition.
    present: whether there is a record, done or failed, of each individual (row) under each condition (column).
    """

    def __init__(self, table: pd.DataFrame, groups: pd.DataFrame | None = None) -> None:
        self.table = table
        columns = ["condition", *setting_columns(table)]
        rows = table[columns].drop_duplicates("condition").set_index("condition")
        self.conditions = rows.astype(dict.fromkeys(CHOICES, str))
        self.present = self._pivot(pd.Series(True, index=table.index)).notna()
        self._groups = groups
        self._metrics: dict[str, pd.DataFrame] = {}
        self._strata: dict[frozenset[str], pd.Series] = {}

    def _pivot(self, values: pd.Series) -> pd.DataFrame:
        return self.table.assign(value=values).pivot(index=INDIVIDUAL, columns="condition", values="value")

    @cached_property
    def _recalls(self) -> pd.DataFrame:
        """A row an individual and condition, a column a class."""
        if self._groups is None:
            return pd.DataFrame()
        classes = self._groups[self._groups["kind"] == "class"]
        return classes.pivot(index=[*INDIVIDUAL, "condition"], columns="name", values="accuracy")

    def metric(self, name: str) -> pd.DataFrame:
        """One row a seed and participant, one column a condition; as `values` has it."""
        if name not in self._metrics:
            self._metrics[name] = self._pivot(values(self.table, name))
        return self._metrics[name]

    def recall(self, classes: Collection[str], over_the_others: bool) -> pd.DataFrame:
        """As `metric`: mean recall of these classes, or how far it is above that of the others; NaN without others."""
        chosen = self._recalls.columns.isin(list(classes))
        mean = self._recalls.loc[:, chosen].mean(axis=1)
        if over_the_others:
            mean = mean - self._recalls.loc[:, ~chosen].mean(axis=1)
        frame = mean.unstack("condition")
        return frame.reindex(index=self.present.index, columns=self.present.columns)

    def censored(self, name: str) -> pd.DataFrame | None:
        """As `metric`: where its target was never reached; None for a metric without one."""
        if not describe(name).censored:
            return None
        return self._pivot(never_reached(self.table, name)) == True  # noqa: E712  (NaN is no)

    def stratum(self, varied: Collection[str]) -> pd.Series:
        """Of each condition, a number for everything that was asked for but the groups in `varied`: conditions of one
        stratum may be compared."""
        key = frozenset(varied)
        if key not in self._strata:
            same = setting_columns(self.conditions, without=varied)
            self._strata[key] = self.conditions.groupby(same, dropna=False, sort=False, observed=True).ngroup()
        return self._strata[key]

    def match(self, condition: str, change: Mapping[str, str]) -> str | None:
        """The condition that differs from this one in nothing but the choices in `change`, as {"user": "none"}, and
        their settings. Where several do (a sweep over such settings), the one with the fewest other settings."""
        stratum = self.stratum(change)
        same = stratum == stratum[condition]
        for group, name in change.items():
            same &= self.conditions[group] == name
        matches = self.conditions.index[same & (self.conditions.index != condition)]
        if len(matches) > 1:
            free = [c for c in self.conditions.columns if c.split(".")[0] in change]
            asked, candidates = self.conditions.loc[condition, free], self.conditions.loc[matches, free]
            other = (candidates != asked).to_numpy() & ~(candidates.isna() & asked.isna()).to_numpy()
            matches = matches[np.argsort(other.sum(axis=1), kind="stable")]
        return None if matches.empty else str(matches[0])

    def combine(
        self, values: pd.DataFrame, weights: Mapping[str, float], censored: pd.DataFrame | None = None
    ) -> Pairs:
        """For each individual the weighted sum of `values` over conditions: {a: 1, b: -1} is a difference."""
        chosen = list(weights)
        total = values[chosen].to_numpy(dtype=float) @ np.array([weights[c] for c in chosen])
        whole = np.isfinite(total)
        recorded = self.present[chosen].to_numpy().any(axis=1)
        late = whole & censored[chosen].to_numpy().any(axis=1) if censored is not None else np.zeros_like(whole)
        return Pairs(
            pd.Series(total[whole], index=values.index[whole]),
            missing=int((recorded & ~whole).sum()),
            censored=int(late.sum()),
        )

    def difference(self, metric: str, condition: str, control: str) -> Pairs:
        """Of each individual, the metric under `condition` less that under `control`."""
        return self.combine(self.metric(metric), {condition: 1.0, control: -1.0}, self.censored(metric))

    def by_dose(self, metric: str, dose: str, conditions: Sequence[str], by: str | None = None) -> pd.DataFrame:
        """Rows of (participant, dose, value, dataset, and by if there is one) under the conditions of one sweep."""
        rows = self.table[self.table["condition"].isin(list(conditions))]
        who = rows["dataset"].astype(str) + "/" + rows["seed"].astype(str) + "/" + rows["participant"].astype(str)
        columns = {"participant": who, "dose": pd.to_numeric(rows[dose]), "value": values(rows, metric)}
        columns["dataset"] = rows["dataset"].astype(str)
        return pd.DataFrame(columns if by is None else {**columns, "by": pd.to_numeric(rows[by])})
