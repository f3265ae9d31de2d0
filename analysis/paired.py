"""Pairs: the same participant under two conditions that differ in nothing but what is asked about."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.metrics import METRICS, describe, number
from analysis.tables import CHOICES, setting_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

INDIVIDUAL = ["seed", "participant"]


@dataclass(frozen=True)
class Pairs:
    """Differences of the participants that are complete, and how many are not."""

    differences: pd.Series  # indexed by seed and participant
    missing: int  # participants with a record under one of the conditions and no value under all
    censored: int = 0  # differences in which a target was never reached (see `values`)

    def __len__(self) -> int:
        return len(self.differences)


@dataclass(frozen=True)
class Interval:
    """A mean with its t-interval; NaN bounds with fewer than two values."""

    mean: float
    low: float
    high: float
    n: int


def t_interval(x: Sequence[float] | NDArray[np.floating] | pd.Series, confidence: float = 0.95) -> Interval:
    """Mean and two-sided t-interval of independent values; NaN among them do not count."""
    from scipy.special import stdtrit

    values = np.asarray(x, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2) * values.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, n)


def values(table: pd.DataFrame, metric: str) -> pd.Series:
    """The metric of each row of the participants' table, as it enters a comparison.

    Epochs to a target that was never reached are not dropped, since those who never reach it are the slowest: they
    count as one more than the epochs there were, the earliest that it can have been (a restricted mean).
    """
    column = table[metric].astype(float) if metric in table else pd.Series(math.nan, index=table.index)
    return column.where(~never(table, metric), table["epochs"] + 1.0)


def never(table: pd.DataFrame, metric: str) -> pd.Series:
    """The rows that ended well without ever reaching the target."""
    if metric != "epochs_to_target" or metric not in table:
        return pd.Series(False, index=table.index)
    return (table["status"] == "done") & table[metric].isna() & (table["epochs"] > 0)


@dataclass(frozen=True)
class Study:
    """The participants' table (and that of groups, for recalls) and what pairs need of them, worked out once."""

    table: pd.DataFrame
    groups: pd.DataFrame | None = None

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """A row a condition, with its choices and settings; indexed by condition."""
        columns = ["condition", *setting_columns(self.table)]
        rows = self.table[columns].drop_duplicates("condition").set_index("condition")
        return rows.astype(dict.fromkeys(CHOICES, str))

    @cached_property
    def present(self) -> pd.DataFrame:
        """Whether there is a record, done or failed, of each individual under each condition."""
        return self._pivot(pd.Series(True, index=self.table.index)).notna()

    @cached_property
    def _wide(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def _strata(self) -> dict[frozenset[str], pd.Series]:
        return {}

    @cached_property
    def _recalls(self) -> pd.DataFrame:
        """A row an individual and condition, a column a class."""
        if self.groups is None:
            return pd.DataFrame()
        classes = self.groups[self.groups["kind"] == "class"]
        return classes.pivot(index=[*INDIVIDUAL, "condition"], columns="name", values="accuracy")

    def _pivot(self, values: pd.Series) -> pd.DataFrame:
        return self.table.assign(value=values).pivot(index=INDIVIDUAL, columns="condition", values="value")

    def metric(self, name: str) -> pd.DataFrame:
        """One row a seed and participant, one column a condition; as `values` has it."""
        if name not in self._wide:
            self._wide[name] = self._pivot(values(self.table, name))
        return self._wide[name]

    def recall(self, classes: Collection[str], over_the_others: bool) -> pd.DataFrame:
        """As `metric`: mean recall of some classes, or how far it is above that of the others; NaN without others."""
        touched = self._recalls.columns.isin(list(classes))
        mean = self._recalls.loc[:, touched].mean(axis=1)
        if over_the_others:
            mean = mean - self._recalls.loc[:, ~touched].mean(axis=1)
        frame = mean.unstack("condition")
        return frame.reindex(index=self.present.index, columns=self.present.columns)

    def censored(self, name: str) -> pd.DataFrame:
        """As `metric`: where its target was never reached."""
        return self._pivot(never(self.table, name)) == True  # noqa: E712  (NaN is no)

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
        found = self.conditions.index[same & (self.conditions.index != condition)]
        if len(found) > 1:
            own = [c for c in self.conditions.columns if c.split(".")[0] in change]
            here, there = self.conditions.loc[condition, own], self.conditions.loc[found, own]
            other = (there != here).to_numpy() & ~(there.isna() & here.isna()).to_numpy()
            found = found[np.argsort(other.sum(axis=1), kind="stable")]
        return None if found.empty else str(found[0])

    def combine(
        self, values: pd.DataFrame, weights: Mapping[str, float], censored: pd.DataFrame | None = None
    ) -> Pairs:
        """For each individual the weighted sum of `values` over conditions: {a: 1, b: -1} is a difference."""
        chosen = list(weights)
        total = values[chosen].to_numpy(dtype=float) @ np.array([weights[c] for c in chosen])
        whole = np.isfinite(total)
        some = self.present[chosen].to_numpy().any(axis=1)
        lost = whole & censored[chosen].to_numpy().any(axis=1) if censored is not None else ~whole
        return Pairs(
            pd.Series(total[whole], index=values.index[whole]),
            int((some & ~whole).sum()),
            int((lost & whole).sum()),
        )

    def difference(self, metric: str, condition: str, control: str) -> Pairs:
        """Of each individual, the metric under `condition` less that under `control`."""
        censored = self.censored(metric) if metric == "epochs_to_target" else None
        return self.combine(self.metric(metric), {condition: 1.0, control: -1.0}, censored)


def summary(
    table: pd.DataFrame, condition: str, controls: Sequence[str], metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """What one condition came to, a row a metric: `mean`, `low`, `high` (95% t-interval), `n`; and for each control,
    under its condition's id, the paired `difference`, `low`, `high`, `n` and `missing` pairs.

    Columns are a MultiIndex of (condition, what). `condition` and `controls` are ids in `table` (participants);
    a control without a record there is left out. Metrics that the condition has no number of are left out.
    """
    study = Study(table[table["condition"].isin([condition, *controls])])
    there = set(study.present.columns)
    rows: dict[str, dict[tuple[str, str], float]] = {}
    for metric in metrics if metrics is not None else [m for m in METRICS if m in table]:
        own = study.metric(metric)[condition].dropna() if condition in there else pd.Series(dtype=float)
        if own.empty:
            continue
        at = t_interval(own)
        row = {(condition, k): v for k, v in (("mean", at.mean), ("low", at.low), ("high", at.high), ("n", at.n))}
        for control in controls:
            if control in there:
                pairs = study.difference(metric, condition, control)
                d = t_interval(pairs.differences)
                what = {"difference": d.mean, "low": d.low, "high": d.high, "n": d.n, "missing": pairs.missing}
                row |= {(control, k): v for k, v in what.items()}
        rows[metric] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.columns = pd.MultiIndex.from_tuples([*frame.columns], names=["condition", "what"])
    return frame.rename_axis("metric")


def summary_text(table: pd.DataFrame, condition: str, controls: Sequence[str]) -> pd.DataFrame:
    """`summary` for a person: a row a metric, a column "mean [95% interval]" and one a control, all text."""
    frame = summary(table, condition, controls)
    users = table.drop_duplicates("condition").set_index("condition")["user"]
    text: dict[str, list[str]] = {}
    for i, of in enumerate(dict.fromkeys(frame.columns.get_level_values(0))):
        column = frame[of]
        value = "mean" if i == 0 else "difference"
        text["mean [95% interval]" if i == 0 else f"minus {users[of]}"] = [
            _cell(str(metric), row[value], row["low"], row["high"], signed=i > 0)
            if i == 0 or describe(str(metric)).better
            else ""  # more points moved than by nobody is no finding
            for metric, row in column.iterrows()
        ]
    return pd.DataFrame(text, index=[describe(str(metric)).label for metric in frame.index])


def _cell(metric: str, mean: float, low: float, high: float, signed: bool) -> str:
    if not math.isfinite(mean):
        return "-"
    text = number(metric, mean, signed)
    return f"{text} [{number(metric, low, signed)}, {number(metric, high, signed)}]" if low < high else text
