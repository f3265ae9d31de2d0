"""What findings are about: these images or others like them, these data sets or others like them.

Participants are splits of one set of images, so an interval over participants is about new splits of these images. Over
images: the correction of Nadeau & Bengio. Over data sets: a random-effects summary, from three data sets on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analysis.hypotheses import Kind, compared

if TYPE_CHECKING:
    from analysis.results import Results
    from analysis.tables import Tables

FEWEST: Final = 3  # data sets that show how much data sets differ
CORRECTED = ("images_low", "images_high")  # columns of hypotheses.csv


# --- over images -----------------------------------------------------------------------------------------------------


def over_images(tests: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """The rows of hypotheses.csv with CORRECTED: the 95% interval about new images of the same kind. NaN for slopes,
    whose error is not that of a mean of differences, and where the size of canvas or test set is not known."""
    ratios = _ratios(tables)
    corrected = [
        nadeau_bengio(row["estimate"], row["effect_size"], row["n"], ratios.get(row["condition"], math.nan))
        if row["kind"] in (Kind.DIFFERENCE, Kind.INTERACTION)
        else (math.nan, math.nan)
        for row in tests.to_dict("records")
    ]
    return tests.assign(**dict(zip(CORRECTED, np.array(corrected, dtype=float).reshape(-1, 2).T, strict=True)))


def nadeau_bengio(mean: float, size: float, n: int, ratio: float) -> tuple[float, float]:
    """95% interval of a mean difference over n splits of one set of images; size: the mean in standard deviations of
    the differences; ratio: test images to canvas images.

    The variance of the mean is sd^2 (1/n + ratio) in place of sd^2 / n, with n - 1 degrees of freedom (Nadeau & Bengio
    2003, section 3, "corrected resampled t"): splits share images, and the share of test images, ratio / (1 + ratio),
    stands for the correlation of their differences. That is a guess of theirs for test sets smaller than the training
    set; for a test set several times as large as the canvas it is far too wide, a bound and no estimate.
    """
    if not (n > 1 and math.isfinite(ratio) and math.isfinite(size) and size != 0):
        return math.nan, math.nan
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, 0.975)) * abs(mean / size) * math.sqrt(1 / n + ratio)
    return mean - half, mean + half


def _ratios(tables: Tables) -> Mapping[str, float]:
    """Of each condition, test images to canvas images."""
    if "dataset.canvas_points" not in tables.participants or "count" not in tables.groups:
        return {}
    classes = tables.groups[tables.groups["kind"] == "class"]
    individuals = classes.groupby(["condition", "seed", "participant"], observed=True)["count"].sum()
    canvas = tables.participants.groupby("condition", observed=True)["dataset.canvas_points"].first()
    return dict(individuals.groupby("condition", observed=True).mean() / canvas)


# --- over data sets --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """A contrast over data sets like these: mean with its 95% interval, and the 95% prediction interval, within which
    the difference on one more data set would lie. tau: standard deviation between data sets; i2: share of the spread
    of the estimates that is not chance."""

    datasets: int
    mean: float
    low: float
    high: float
    predicted_low: float
    predicted_high: float
    tau: float
    i2: float


def random_effects(means: Sequence[float], errors: Sequence[float]) -> Summary:
    """The summary of estimates, one a data set, and their standard errors (k,), k >= 3, errors above 0.

    tau^2 by Paule & Mandel 1982; interval by Hartung & Knapp 2001 with k - 1 degrees of freedom, never narrower than
    without their factor (Roever, Knapp & Friede 2015); prediction interval with k - 2 (Higgins, Thompson &
    Spiegelhalter 2009, eq. 12). ValueError for fewer data sets: two do not show how much data sets differ.
    """
    k = len(means)
    if k < FEWEST:
        raise ValueError(f"{k} data sets, and a random effect takes {FEWEST}")
    from scipy.special import stdtrit
    from statsmodels.stats.meta_analysis import combine_effects

    with np.errstate(divide="ignore"):  # i2 of estimates that do not differ at all
        fit = combine_effects(np.asarray(means, dtype=float), np.square(errors), method_re="iterated")
    tau2 = max(0.0, float(fit.tau2))
    weights = 1 / (np.square(errors) + tau2)
    mean = float(weights @ np.asarray(means) / weights.sum())
    scale = float(weights @ np.square(np.asarray(means) - mean)) / (k - 1)
    error = math.sqrt(max(1.0, scale) / float(weights.sum()))
    half = float(stdtrit(k - 1, 0.975)) * error
    reach = float(stdtrit(k - 2, 0.975)) * math.sqrt(tau2 + error**2)
    i2 = max(0.0, float(fit.i2))
    return Summary(k, mean, mean - half, mean + half, mean - reach, mean + reach, math.sqrt(tau2), i2)


def over_datasets(results: Results) -> Iterator[tuple[Mapping[Any, Any], Summary]]:
    """(a row of hypotheses.csv, the summary over data sets) of each contrast that three data sets or more have.

    A data set counts with one setting, its main one, and the seed of most participants: teachers and regimes are never
    averaged.
    """
    main = {condition for m in results.main for condition in m.arms.values()}
    tests = compared(results.tests)
    tests = tests[(tests["condition"] != "") & (tests["n"] > 1) & (tests["effect_size"].abs() > 0)]
    tests = tests[tests["kind"].isin([Kind.DIFFERENCE, Kind.INTERACTION])]
    for _, rows in tests.groupby(["hypothesis", "metric", "contrast"], sort=False):
        rows = rows.sort_values("n", ascending=False, kind="stable").drop_duplicates(["dataset", "condition"])
        alone = rows.groupby("dataset")["condition"].transform("size") == 1
        chosen = rows[alone | rows["condition"].isin(main)].drop_duplicates("dataset", keep=False)
        if len(chosen) >= FEWEST:
            errors: pd.Series = (chosen["estimate"] / chosen["effect_size"]).abs() / np.sqrt(chosen["n"].astype(float))
            yield chosen.iloc[0].to_dict(), random_effects(chosen["estimate"].tolist(), errors.tolist())
