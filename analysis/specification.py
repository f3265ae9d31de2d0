"""The specification curve: what becomes of each claim under all settings that a study might as well have chosen.

Simonsohn, Simmons & Nelson 2020. The settings are those in the store (experiment=multiverse sweeps them), and for test
accuracy also the epoch whose network is scored. It describes; no test is made of it, since settings
of the same participants are not independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analysis.hypotheses import Kind, compared
from analysis.paired import INDIVIDUAL
from analysis.tables import CHOICES, setting_columns

if TYPE_CHECKING:
    from analysis.results import Results

FEWEST: Final = 3  # settings that make a curve
CLAIM: Final = ["hypothesis", "metric", "contrast"]
STOPPED: Final = "stopping rule"  # column of the table
LAST: Final = "last epoch"
KEPT: Final = {"best_validation": "best validation accuracy", "last": LAST}  # training.keep -> name of RULES
SETTING: Final = ["condition", "seeds", STOPPED]  # what makes one
RULES: Final[Mapping[str, tuple[str, int]]] = {  # name -> column of epochs.csv, and the sign of what is best
    LAST: ("epoch", 1),
    "best validation accuracy": ("validation_accuracy", 1),
    "least validation loss": ("validation_loss", -1),
}
NUMBERS: Final = ("n", "estimate", "ci_low", "ci_high", "p")


@dataclass(frozen=True)
class Curve:
    """One claim over its settings. rows: of the table, by estimate; factors: the columns that differ among them."""

    hypothesis: str
    metric: str
    contrast: str
    margin: float
    rows: pd.DataFrame
    factors: Sequence[str]


def table(results: Results) -> pd.DataFrame:
    """A row a claim and setting: CLAIM, claim, margin, NUMBERS (a 95% interval, and a two-sided p of no difference,
    neither corrected nor allowing for what is missing), condition, seeds, STOPPED, and a column a choice or setting
    that differs within the store."""
    rows = compared(results.tests)
    rows = rows[(rows["n"] > 1) & rows["condition"].isin(results.pairing.conditions.index)]
    keep = results.pairing.conditions.get("training.keep", pd.Series(dtype=object))
    rows = rows.assign(**{STOPPED: rows["condition"].map(keep).map(KEPT).fillna(LAST)})
    whole = pd.concat([_uncorrected(rows), *_stopped_otherwise(rows, results)], ignore_index=True)
    asked = _settings(results.pairing.conditions.loc[whole["condition"].unique()])
    return whole.merge(asked, left_on="condition", right_index=True, how="left")


def curves(specifications: pd.DataFrame) -> Iterator[Curve]:
    """Of each claim with FEWEST settings or more; specifications: as `table` has it."""
    asked = [str(c) for c in specifications if c not in (*CLAIM, "claim", "margin", *NUMBERS, "condition")]
    for (hypothesis, metric, contrast), rows in specifications.groupby(CLAIM, sort=False):
        factors = [c for c in asked if rows[c].nunique(dropna=False) > 1]
        if len(rows) >= FEWEST and factors:
            ordered = rows.sort_values(["estimate", *SETTING], ignore_index=True)
            yield Curve(str(hypothesis), str(metric), str(contrast), float(rows["margin"].iloc[0]), ordered, factors)


def _settings(conditions: pd.DataFrame) -> pd.DataFrame:
    """The columns that set these conditions apart: choices that differ, and settings that differ within a choice."""
    kept = []
    for column in setting_columns(conditions, without=("data",)):  # the images, which the data set names
        group = column.split(".")[0]
        within = conditions.groupby(group, observed=True) if column != group and group in CHOICES else None
        differs = conditions[column].nunique() > 1 if within is None else (within[column].nunique() > 1).any()
        kept += [column] if differs else []
    return conditions[kept]


def _stopped_otherwise(rows: pd.DataFrame, results: Results) -> Iterator[pd.DataFrame]:
    """The same contrasts of test accuracy, had the network of another of RULES been scored."""
    chosen = rows[(rows["metric"] == "test_accuracy") & (rows["kind"] == Kind.DIFFERENCE)]
    epochs, pairing = results.tables.epochs, results.pairing
    for rule, (column, sign) in RULES.items():
        if column not in epochs or "test_accuracy" not in epochs:
            continue
        best = (sign * epochs[column]).groupby([epochs[k] for k in ("condition", *INDIVIDUAL)], observed=True)
        at = epochs.loc[best.idxmax().dropna()] if len(epochs) else epochs
        values = at.pivot(index=INDIVIDUAL, columns="condition", values="test_accuracy")
        seeds = values.index.get_level_values("seed").astype(str)
        made: list[dict[Any, Any]] = []
        for row in chosen[chosen[STOPPED] != rule].to_dict("records"):
            control = pairing.match(row["condition"], {"user": row["control"]})
            if control in values and row["condition"] in values:
                differences = (values[row["condition"]] - values[control])[seeds.isin(row["seeds"].split(", "))]
                made.append(dict(row) | _described(differences.dropna().to_numpy()) | {STOPPED: rule})
        if made:
            kept = pd.DataFrame(made)
            yield _uncorrected(kept[kept["n"] > 1])


def _described(differences: np.ndarray) -> dict[str, Any]:
    """As a row of hypotheses.csv; differences (n,)."""
    n = len(differences)
    mean, sd = differences.mean() if n else np.nan, differences.std(ddof=1) if n > 1 else np.nan
    return {"n": n, "estimate": mean, "effect_size": mean / sd if sd > 0 else np.nan}


def _uncorrected(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of hypotheses.csv whose intervals are of 95% instead of the level that decided: by t, from the estimate and
    its effect size."""
    from scipy.special import stdtr, stdtrit

    n, size = rows["n"].astype(float), rows["effect_size"].astype(float)
    half = stdtrit(n - 1, 0.975) * (rows["estimate"] / size.where(size != 0)).abs() / np.sqrt(n)
    p = 2 * stdtr(n - 1, -size.abs() * np.sqrt(n))
    numbers = {"ci_low": rows["estimate"] - half, "ci_high": rows["estimate"] + half, "p": p}
    return rows.assign(**numbers)[[*CLAIM, "claim", "margin", *NUMBERS, *SETTING]]
