"""The tests, on plain arrays: what was measured, how sure that is, and what it says about a claim (analysis.claims)."""

from __future__ import annotations

import bisect
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.claims import Alternative, Bounds, Claim, Test
from analysis.notes import Note, Remark

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SLOPES = "t of the participants' slopes"
FEWEST = 4  # pairs for a test
FEW = 10  # pairs below which the shape of the differences can hardly be judged
SAME = 1e-5  # share of the largest difference, below which their spread is one of rounding
MOST_PAIRS = 1_000_000  # beyond which a study is out of reach


@dataclass(frozen=True)
class Interval:
    """A mean with its t-interval; NaN bounds with fewer than two values."""

    mean: float
    low: float
    high: float
    n: int


def t_interval(x: Sequence[float] | NDArray[np.floating] | pd.Series, confidence: float = 0.95) -> Interval:
    """Mean and two-sided t-interval of independent values x (n,); NaN among them do not count."""
    values = np.asarray(x, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = float(_quantile(n - 1, confidence) * values.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, n)


def _quantile(df: float, confidence: float) -> float:
    """Standard errors from the middle of a two-sided t-interval to its ends."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + confidence / 2))


@dataclass(frozen=True)
class Result:
    """One test: an estimate whose error has a t-distribution. p of the claim and p_contrary of its contrary are
    one-sided, NaN where there was no test.

    `shift`: how far the estimate can lie below and above if what is missing was as it could be at worst; p, p_contrary
    and the interval allow for it."""

    n: int
    estimate: float = math.nan
    error: float = math.nan  # standard error; 0 where all differences are 0
    df: float = math.nan
    shift: Bounds = (0.0, 0.0)
    effect_size: float = math.nan  # mean difference in standard deviations of the differences (Cohen's d_z)
    p: float = math.nan
    p_contrary: float = math.nan
    p_check: float = math.nan  # the same claim by a second test with other assumptions
    test: str = ""
    notes: tuple[Remark, ...] = ()

    @property
    def tested(self) -> bool:
        return math.isfinite(self.p)

    def interval(self, alpha: float) -> Bounds:
        """Of 1 - 2 alpha; NaN where there was no test."""
        half = _quantile(self.df, 1 - 2 * alpha) * self.error if self.error else self.error
        return self.estimate + self.shift[0] - half, self.estimate + self.shift[1] + half

    def power(self, claim: Claim, alpha: float) -> float:
        """That of the claim in a study of this size and spread; NaN where there was no test or no spread."""
        return claim.power(self.n, alpha, self.error * math.sqrt(self.n)) if self.error > 0 else math.nan

    def of(self, claim: Claim) -> Result:
        """With p and p_contrary of the claim."""
        return replace(self, p=claim.p(self._tail), p_contrary=claim.p_contrary(self._tail))

    def _tail(self, null: float, alternative: Alternative) -> float:
        from scipy.special import stdtr

        below = alternative == "less"
        distance = self.estimate + self.shift[below] - null
        distance = -distance if below else distance
        if self.error == 0:
            return 0.0 if distance > 0 else 1.0
        return float(stdtr(self.df, -distance / self.error))


def paired_test(
    differences: Sequence[float] | NDArray[Any] | pd.Series, claim: Claim, alpha: float, shift: Bounds = (0.0, 0.0)
) -> Result:
    """Paired t-test of the claim, with Wilcoxon's signed-rank test beside it. differences (n,), finite; shift: as in
    Result. alpha, one-sided: the level at which the two are said to disagree."""
    from scipy import stats

    d = np.asarray(differences, dtype=float)
    n = len(d)
    estimate = float(d.mean()) if n else math.nan
    if n < FEWEST:
        return Result(n, estimate, notes=(Note.TOO_FEW_PAIRS(n=n, fewest=FEWEST),))
    sd, largest = float(d.std(ddof=1)), float(np.abs(d).max())
    if sd <= SAME * largest:
        return _without_spread(n, estimate, claim, shift)
    result = Result(n, estimate, sd / math.sqrt(n), n - 1, shift, estimate / sd, test=claim.test).of(claim)
    if n < FEW:
        return replace(result, notes=(Note.SMALL_SAMPLE(n=n),))
    notes = []
    if (shapiro := float(stats.shapiro(d).pvalue)) < 0.05:
        notes.append(Note.NOT_NORMAL(p=shapiro))
    check = claim.p(_wilcoxon(d, shift))
    if (result.p < alpha) != (check < alpha):
        notes.append(Note.WILCOXON_DISAGREES(p=result.p, check=check))
    return replace(result, p_check=check, notes=tuple(notes))


def _without_spread(n: int, estimate: float, claim: Claim, shift: Bounds) -> Result:
    """All differences alike. If they are 0 the two conditions are one, and nothing is uncertain; otherwise the grain of
    the measurement hides the spread, and there is nothing to test against."""
    if estimate != 0:
        return Result(n, estimate, notes=(Note.NO_SPREAD(),))
    return Result(n, 0.0, 0.0, n - 1, shift, 0.0, test=claim.test, notes=(Note.IDENTICAL(),)).of(claim)


def _wilcoxon(d: NDArray[np.floating[Any]], shift: Bounds) -> Test:
    from scipy import stats

    def test(null: float, alternative: Alternative) -> float:
        moved = shift[alternative == "less"]
        x = d + moved - null
        x = x[x != 0]
        if not len(x) or not math.isfinite(moved):
            return 1.0
        tied = len(np.unique(np.abs(x))) < len(x)  # scipy's own choice would be a permutation test of a second
        return float(stats.wilcoxon(x, alternative=alternative, method="asymptotic" if tied else "auto").pvalue)

    return test


def pairs_needed(claim: Claim, alpha: float, wanted: float) -> int:
    """The fewest pairs that give a paired t-test of the claim the wanted power; the claim's margin is in standard
    deviations of the differences: the effect to be found, or how far equal may be from equal.

    By bisection, since the root finder of statsmodels' solve_power fails where the effect is large. ValueError where
    a million pairs are too few.
    """
    n = FEWEST + bisect.bisect_left(range(FEWEST, MOST_PAIRS + 1), wanted, key=lambda n: claim.power(n, alpha))
    if n > MOST_PAIRS:
        raise ValueError(f"an effect of {claim.margin} standard deviations is out of reach")
    return n


def dose_test(data: pd.DataFrame, claim: Claim, alpha: float, limits: Bounds) -> Result:
    """Slope of `value` over `dose`, with the participant as a random effect (statsmodels mixedlm).

    data: rows with value, dose and participant; a NaN is a value that is missing, which can have been anything within
    `limits`. Random intercept and slope. p and interval by t with (participants - 1) degrees of freedom, which with few
    people is nearer the truth than the normal that mixedlm reports. The check is a t-test of the participants' own
    slopes. effect_size: the mean slope in standard deviations of the participants' slopes.

    With a column `by`, the test is of how the slope changes with it: the interaction of dose and `by`, by a t-test of
    the participants' own interactions alone.
    """
    slopes, shift = _slopes(data, limits)
    by_slopes = replace(paired_test(slopes, claim, alpha, shift), test=SLOPES)
    if not by_slopes.error > 0 or "by" in data:  # no test, or slopes without spread
        return by_slopes
    estimate, error, notes = _mixed(data.dropna(subset="value"))
    if not (math.isfinite(error) and error > 0):
        return replace(by_slopes, notes=(*by_slopes.notes, *notes))
    result = replace(by_slopes, estimate=estimate, error=error, test="mixed model", p_check=by_slopes.p).of(claim)
    if (result.p < alpha) != (by_slopes.p < alpha):
        notes += (Note.SLOPES_DISAGREE(p=result.p, check=by_slopes.p),)
    return replace(result, notes=(*by_slopes.notes, *notes))


def _slopes(data: pd.DataFrame, limits: Bounds) -> tuple[NDArray[np.floating[Any]], Bounds]:
    """(n,) least-squares slope over the dose of each participant (with `by`, its change over that) who has all values
    and enough doses; and how far their mean can lie below and above once the others are counted, whose missing values
    are anything within the limits. A slope is a weighted sum of the values."""
    whole, lowest, highest = [], [], []
    for _, rows in data.groupby("participant", sort=True):
        dose = rows["dose"].to_numpy(dtype=float)
        columns = [np.ones_like(dose), dose]
        if "by" in rows:
            by = rows["by"].to_numpy(dtype=float)
            columns = [columns[0], by, dose, dose * by]
        design = np.stack(columns, axis=1)
        if np.linalg.matrix_rank(design) < len(columns):
            continue
        weights, value = np.linalg.pinv(design)[-1], rows["value"].to_numpy(dtype=float)
        lost = np.isnan(value)
        known = float(weights[~lost] @ value[~lost])
        if not lost.any():
            whole.append(known)
        parts = np.array([weights[lost] * limit for limit in limits])  # (2, missing)
        lowest.append(known + parts.min(axis=0).sum())
        highest.append(known + parts.max(axis=0).sum())
    slopes = np.array(whole)
    if len(whole) in (0, len(lowest)):
        return slopes, (0.0, 0.0)
    return slopes, (float(np.mean(lowest) - slopes.mean()), float(np.mean(highest) - slopes.mean()))


def _mixed(data: pd.DataFrame) -> tuple[float, float, tuple[Remark, ...]]:
    """Slope, its standard error and notes; NaN where the model cannot be fitted. On standardised numbers, which the
    optimiser needs."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    scale, unit = float(data["value"].std()) or 1.0, float(data["dose"].std()) or 1.0
    value, dose = (data["value"] - data["value"].mean()) / scale, (data["dose"] - data["dose"].mean()) / unit
    frame = data.assign(value=value, dose=dose)
    notes: tuple[Remark, ...]
    for random, notes in (("~dose", ()), ("1", (Note.INTERCEPT_ALONE(),))):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model = MixedLM.from_formula("value ~ dose", frame, groups="participant", re_formula=random)
                fit = model.fit(reml=True, method=["lbfgs", "powell"])
            except (np.linalg.LinAlgError, ValueError):
                continue
        error = float(fit.bse["dose"])
        if fit.converged and math.isfinite(error) and error > 0:
            said = [str(warning.message) for warning in caught]  # statsmodels has no class for each
            if any("boundary" in text for text in said):
                notes = (*notes, Note.VARIANCE_AT_BOUND())
            elif said:
                notes = (*notes, Note.FIT_WARNED(text=said[0]))
            return float(fit.params["dose"]) * scale / unit, error * scale / unit, notes
    return math.nan, math.nan, (Note.NO_MIXED_MODEL(),)


def clustered_slope(x: pd.Series, y: pd.Series, cluster: pd.Series) -> Interval:
    """Least-squares slope of y over x, each (n,), with a 95% t-interval that allows values of one cluster (n,) to
    depend on each other: the sandwich of Liang & Zeger 1986 with statsmodels' correction for few clusters, and
    (clusters - 1) degrees of freedom. n: of the values. x must vary."""
    from statsmodels.regression.linear_model import OLS

    design = np.column_stack([np.ones(len(x)), x.to_numpy(dtype=float)])
    fit = OLS(y.to_numpy(dtype=float), design).fit(
        cov_type="cluster", cov_kwds={"groups": cluster.to_numpy()}, use_t=True
    )
    low, high = fit.conf_int()[1]
    return Interval(float(fit.params[1]), float(low), float(high), len(x))


def interquartile(
    strata: Sequence[NDArray[Any]], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 2000
) -> tuple[float, float, float]:
    """Interquartile mean over all runs, with an interval from a bootstrap stratified by dataset (Agarwal et al. 2021):
    participants are drawn anew within each dataset. strata: one array (n_participants,) a dataset, n_participants > 1.

    The quantiles are those of Hesterberg's expanded percentile interval (2015, section 4.6.3), since the plain one of
    so few participants is too narrow, and BCa too: python benchmarks/interquartile.py prints how often each covers.
    """
    from scipy.special import ndtr, stdtrit
    from scipy.stats import trim_mean

    n, df = np.mean([len(x) for x in strata]), sum(len(x) - 1 for x in strata)
    outside = float(ndtr(-math.sqrt(n / (n - 1)) * stdtrit(df, 0.5 + confidence / 2)))
    draws = np.concatenate([x[rng.integers(0, len(x), (resamples, len(x)))] for x in map(np.asarray, strata)], axis=1)
    low, high = np.quantile(trim_mean(draws, 0.25, axis=1), [outside, 1 - outside])
    return float(trim_mean(np.concatenate(list(strata)), 0.25)), float(low), float(high)
