"""Pairs: the same participant under two conditions that differ in nothing but what is asked about."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis import shipped
from analysis.claims import Bounds
from analysis.confusions import Pair, named_confusions
from analysis.metrics import describe
from analysis.shipped import ARM, NAMED, REGIME
from analysis.tables import CHOICES, setting_columns
from hill_exp.config.groups import SETTINGS

INDIVIDUAL = ["seed", "participant"]
NO_LIMITS = (-math.inf, math.inf)


@dataclass(frozen=True)
class Pairs:
    """Differences of the participants that are complete, and how many are not."""

    differences: pd.Series  # indexed by seed and participant
    missing: int  # participants without a value under all of the conditions, who ought to have one
    censored: int = 0  # differences in which a target was never reached (see `values`)
    shift: Bounds = (0.0, 0.0)  # how far the mean can lie below and above if those who are missing were at their worst
    failures: float = math.nan  # p of the exact McNemar test that both sides lose as many

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
    """The participants' table (and that of groups, for recalls, and the confusions of its rows) and what pairs need of
    them, worked out once.

    conditions: a row a condition, with its choices and settings; indexed by condition.
    present: whether there is a record, done or failed, of each individual (row) under each condition (column).
    """

    def __init__(self, table: pd.DataFrame, groups: pd.DataFrame | None = None, confusions: Sequence[Any] = ()) -> None:
        self.table = table
        columns = dict.fromkeys(["condition", *setting_columns(table), *(g for g in (REGIME, ARM) if g in table)])
        rows = table[list(columns)].drop_duplicates("condition").set_index("condition")
        self.conditions = rows.astype(dict.fromkeys(CHOICES, str))
        self.present = self._pivot(pd.Series(True, index=table.index)).notna()
        self._individuals = self.present.index.to_frame().to_numpy(dtype=int)  # (n, 2) seeds and participants
        self._places = {str(condition): place for place, condition in enumerate(self.present.columns)}
        self._groups, self._confusions = groups, confusions
        self._metrics: dict[Any, pd.DataFrame] = {}
        self._matches: dict[Any, str | None] = {}
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

    @cached_property
    def departures(self) -> pd.DataFrame:
        """Of each condition (row), which settings (columns) are not as the configuration is shipped for its choices.
        Those of a choice that is not shipped, somebody's own, depart from nothing."""
        keys = [column for column in setting_columns(self.conditions) if "." in column]
        rows = [
            [key.split(".")[0] not in own and not _same(asked[key], expected.get(key)) for key in keys]
            for asked in self.conditions.to_dict("records")
            for names in [{g: str(asked[g]) for g in NAMED if pd.notna(asked.get(g))}]
            for expected, own in [(shipped.settings(names), shipped.not_ours(names))]
        ]
        return pd.DataFrame(rows, index=self.conditions.index, columns=keys, dtype=bool)

    @cached_property
    def _codes(self) -> np.ndarray:
        """(conditions, settings) a number for each value, the same for the same, in the columns of `departures`."""
        columns = [pd.factorize(self.conditions[key].astype(str))[0] for key in self.departures]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.conditions), 0), dtype=int)

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

    def confusions(self, pairs: Collection[Pair], classes: Sequence[str], dataset: str) -> pd.DataFrame:
        """As `metric`: named_confusions, in one dataset; NaN elsewhere, and where a record holds no confusions."""
        key = (tuple(pairs), tuple(classes), dataset)
        if key not in self._metrics:
            here = (self.table["dataset"] == dataset).to_numpy()
            rows = [
                named_confusions(counts, classes, pairs) if of and len(counts) else math.nan
                for of, counts in zip(here, self._confusions or [()] * len(here), strict=True)
            ]
            self._metrics[key] = self._pivot(pd.Series(rows, index=self.table.index, dtype=float))
        return self._metrics[key]

    def censored(self, name: str) -> pd.DataFrame | None:
        """As `metric`: where its target was never reached; None for a metric without one."""
        if not describe(name).censored:
            return None
        return self._pivot(never_reached(self.table, name)) == True  # noqa: E712  (NaN is no)

    def stratum(self, varied: Collection[str]) -> pd.Series:
        """Of each condition, a number for everything that was asked for but the groups in `varied`: conditions of one
        stratum may be compared."""
        key = frozenset([*varied, ARM])
        if key not in self._strata:
            same = [c for c in setting_columns(self.conditions, without=key) if c != ARM]
            self._strata[key] = self.conditions.groupby(same, dropna=False, sort=False, observed=True).ngroup()
        return self._strata[key]

    def match(self, condition: str, change: Mapping[str, str], as_shipped: bool = False) -> str | None:
        """The condition that differs from this one in nothing but the choices in `change`, as {"user": "none"}, and
        their settings.

        Where there are several (a sweep over such settings), the one whose settings of the changed groups are as
        shipped, or the nearest to it: a teacher is matched to another with its own tuned settings, since numbers of a
        weight mean nothing across teachers. Users share settings, as tools or a tremor, and a setting that both were
        given is no departure. as_shipped: no other one.
        """
        key = (condition, tuple(change.items()), as_shipped)
        if key not in self._matches:
            self._matches[key] = self._match(condition, change, as_shipped)
        return self._matches[key]

    def _match(self, condition: str, change: Mapping[str, str], as_shipped: bool) -> str | None:
        at = self.conditions.index.get_loc(condition)
        varied = {group for name in change for group in varies(name)}
        stratum = self.stratum(varied).to_numpy()
        same = stratum == stratum[at]
        for group, name in change.items():
            same &= (self.conditions[group] == name).to_numpy()
        if ARM in self.conditions and ARM not in change and self.conditions[ARM].isna()[condition]:
            same &= self.conditions[ARM].isna().to_numpy()  # an arm's settings are its own, and no match of one without
        same[at] = False
        found = np.flatnonzero(same)
        keys = list(map(str, self.departures))
        own = np.flatnonzero([key.split(".")[0] in varied for key in keys])
        of_user = np.array(["user" in change and keys[k].startswith("user.") for k in own], dtype=bool)
        differs = self._codes[found][:, own] != self._codes[at, own]
        departs = (self.departures.to_numpy()[found][:, own] & (differs | ~of_user)).sum(axis=1)
        ids = self.conditions.index[found]
        ranked = sorted(zip(departs, (differs & of_user).sum(axis=1), ids, strict=True))
        if not ranked or (as_shipped and ranked[0][0] > 0):
            return None
        return str(ranked[0][2])

    def combine(
        self,
        values: pd.DataFrame,
        weights: Mapping[str, float],
        censored: pd.DataFrame | None = None,
        limits: Bounds = NO_LIMITS,
        seeds: Collection[int] | None = None,
    ) -> Pairs:
        """For each individual the weighted sum of `values` over conditions: {a: 1, b: -1} is a difference.

        Participants are numbered from 0, so a number without a value counts as missing if a higher one of its seed
        was run under each of the conditions; beyond that, they are yet to be run. `limits`: what a missing value can
        have been; `seeds`: those that count, all if None.
        """
        chosen = list(weights)
        mine = slice(None) if seeds is None else np.isin(self._individuals[:, 0], list(seeds))
        known, recorded = (self._of(frame, chosen)[mine] for frame in (values, self.present))
        who, factors = self._individuals[mine], np.array([weights[c] for c in chosen])
        total = known @ factors
        whole = np.isfinite(total)
        missing = recorded.any(axis=1) & ~whole & (who[:, 1] <= _run(who, recorded))
        late = whole & self._of(censored, chosen)[mine].any(axis=1) if censored is not None else whole & False
        differences = pd.Series(total[whole], index=self.present.index[mine][whole])
        if not missing.any() or not whole.any():
            return Pairs(differences, int(missing.sum()), int(late.sum()))
        lost = np.isnan(known[missing])
        ends = [np.where(lost, limit * factors, np.nan_to_num(known[missing]) * factors) for limit in limits]
        worst = [end(ends, axis=0).sum(axis=1) for end in (np.min, np.max)]
        low, high = (float(np.concatenate([total[whole], of]).mean() - total[whole].mean()) for of in worst)
        sides = [lost[:, side].any(axis=1) for side in (factors > 0, factors < 0)]
        return Pairs(differences, int(missing.sum()), int(late.sum()), (low, high), _mcnemar(*sides))

    def _of(self, frame: pd.DataFrame, conditions: Sequence[str]) -> np.ndarray:
        """(individuals, conditions) the columns of these; frame as `metric` has it."""
        return frame.to_numpy()[:, [self._places[condition] for condition in conditions]]

    def difference(self, metric: str, condition: str, control: str) -> Pairs:
        """Of each individual, the metric under `condition` less that under `control`."""
        return self.combine(self.metric(metric), {condition: 1.0, control: -1.0}, self.censored(metric))

    def by_dose(
        self,
        metric: str | pd.DataFrame,
        dose: str,
        conditions: Sequence[str],
        by: str | None = None,
        seeds: Collection[int] | None = None,
    ) -> pd.DataFrame:
        """Rows of (participant, dose, value, dataset, and by if there is one) under the conditions of one sweep, of the
        seeds given or of all. metric: a name, or a frame as `metric` has it."""
        wide = self.metric(metric) if isinstance(metric, str) else metric
        parts = []
        for condition in conditions:
            asked = self.conditions.loc[condition]
            rows = self.present.index[self.present[condition]]
            if seeds is not None:
                rows = rows[rows.get_level_values("seed").isin(list(seeds))]
            columns = {
                "participant": [f"{asked['dataset']}/{seed}/{participant}" for seed, participant in rows],
                "dose": float(asked.to_dict()[dose]),
                "value": wide.loc[rows, condition].to_numpy(dtype=float),
                "dataset": asked["dataset"],
            }
            parts.append(pd.DataFrame(columns if by is None else {**columns, "by": float(asked.to_dict()[by])}))
        return pd.concat(parts, ignore_index=True)


def varies(group: str) -> tuple[str, ...]:
    """The groups that may differ between two choices of a group: its own, and of an arm all but the data."""
    return tuple(g for g in SETTINGS if g != "dataset") if group == ARM else (group,)


def _same(asked: Any, expected: Any) -> bool:
    if expected is None or pd.isna(asked):
        return expected is None and bool(pd.isna(asked))
    return bool(asked == expected) or str(asked) == str(expected)


def _run(who: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """(n,) of each individual, the number up to which its seed was run under every condition. who (n, 2): seeds and
    participants; recorded (n, k)."""
    seeds = who[:, 0]
    numbers = np.where(recorded, who[:, 1:], -1)
    run = np.full(len(who), -1)
    for seed in set(seeds.tolist()):
        run[seeds == seed] = numbers[seeds == seed].max(axis=0).min()
    return run


def _mcnemar(one: np.ndarray, other: np.ndarray) -> float:
    """Exact p that each of two sides (n,) is as likely to be the one that is missing; NaN where none is alone."""
    from scipy.stats import binomtest

    alone = int((one & ~other).sum()), int((other & ~one).sum())
    return float(binomtest(alone[0], sum(alone)).pvalue) if sum(alone) else math.nan
