"""Arms beside each other: what each gains over plain training and over the best machine alone, and at what cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.paired import Pairing
from analysis.stats import Interval, t_interval

PLAIN = "plain"
COLUMNS = (
    "regime", "dataset", "arm", "condition", "n", "test_accuracy", "low", "high", "best_machine", "over_plain",
    "over_plain_low", "over_plain_high", "over_machine", "over_machine_low", "over_machine_high", "person_seconds",
    "points_moved", "points_named", "seconds",
)  # fmt: skip


def table(pairing: Pairing) -> pd.DataFrame:
    """A row a regime and arm, COLUMNS: accuracies and paired differences with their 95% intervals, costs and seconds as
    means. The best machine of a regime is the arm without a person's seconds (plain training is one) whose mean
    validation accuracy is the highest: it is chosen without the test set. No rows where no arm was run."""
    done = pairing.table[pairing.table["status"] == "done"]
    if "arm" not in done:
        return pd.DataFrame(columns=list(COLUMNS))
    means: pd.DataFrame = done.groupby("condition", observed=True)[_numbers(done)].mean()
    asked = done[done["arm"].notna()].drop_duplicates("condition").astype({"condition": str}).set_index("condition")
    asked = asked.reindex(columns=["regime", "dataset", "arm"]).fillna("").astype(str)
    rows = []
    for (regime, dataset), arms in asked.groupby(["regime", "dataset"], sort=True):
        arms = arms.drop_duplicates("arm")
        alone = means.loc[arms.index, "person_seconds"].fillna(0) == 0
        best = means.loc[arms.index[alone], "validation_accuracy"].idxmax() if alone.any() else None
        plain = arms.index[arms["arm"] == PLAIN]
        for condition, arm in arms["arm"].items():
            own = t_interval(done.loc[done["condition"] == condition, "test_accuracy"])
            over_plain = _over(pairing, str(condition), str(plain[0]) if len(plain) else None)
            over_machine = _over(pairing, str(condition), None if best is None else str(best))
            costs = [*means.loc[str(condition)].reindex(list(COLUMNS[-4:]))]
            rows.append(
                (regime, dataset, arm, condition, own.n, own.mean, own.low, own.high, condition == best,
                 *over_plain, *over_machine, *costs)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _numbers(done: pd.DataFrame) -> list[str]:
    wanted = ("validation_accuracy", *COLUMNS[-4:])
    return [name for name in wanted if name in done]


def _over(pairing: Pairing, condition: str, control: str | None) -> tuple[float, float, float]:
    """Mean paired difference in test accuracy, and its 95% interval; NaN against itself, and without a control."""
    if control is None or control == condition:
        return np.nan, np.nan, np.nan
    at: Interval = t_interval(pairing.difference("test_accuracy", condition, control).differences)
    return at.mean, at.low, at.high
