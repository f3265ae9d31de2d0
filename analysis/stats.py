"""The tests, on plain arrays: what was measured, how sure that is, and what it says about a claim (analysis.claims)."""

from __future__ import annotations

import bisect
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.claims import Alternative, Bounds, Claim, Test, Verdict
from analysis.notes import Note, Remark

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SLOPES = "t of the participants' slopes"
FEW = 10  # pairs below which the shape of the differences can hardly be judged
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
    """One test. `p` is two-sided for superiority (the stated direction is required on top), one-sided for the other
    claims. low and high: interval of 1 - alpha; inner: of 1 - 2 alpha, the one that equivalence is read off.
    `power`: that of the claim in a study of this size and spread (Claim.power)."""

    n: int
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    inner: Bounds = (math.nan, math.nan)
    effect_size: float = math.nan  # mean difference in standard deviations of the differences (Cohen's d_z)
    p: float = math.nan
    p_check: float = math.nan  # the same claim by a second test with other assumptions
    power: float = math.nan
    test: str = ""
    notes: tuple[Remark, ...] = ()


def paired_test(differences: Sequence[float] | NDArray[Any] | pd.Series, claim: Claim, alpha: float) -> Result:
    """Paired t-test of the claim, with Wilcoxon's signed-rank test beside it. differences (n,), finite."""
    from scipy import stats

    d = np.asarray(differences, dtype=float)
    n = len(d)
    if n < 2:
        return Result(n, float(d.mean()) if n else math.nan, notes=(Note.TOO_FEW_PAIRS(n=n),))
    outer, inner = t_interval(d, 1 - alpha), t_interval(d, 1 - 2 * alpha)
    result = Result(n, outer.mean, outer.low, outer.high, (inner.low, inner.high), test=claim.test)
    sd = float(d.std(ddof=1))
    if sd <= 1e-12 * max(1.0, float(np.abs(d).max())):
        return _without_spread(result, claim)
    notes = []
    if n < FEW:
        notes.append(Note.SMALL_SAMPLE(n=n))
    elif (shapiro := float(stats.shapiro(d).pvalue)) < alpha:
        notes.append(Note.NOT_NORMAL(p=shapiro))
    p, check = claim.p(_t(d)), claim.p(_wilcoxon(d))
    if (p < alpha) != (check < alpha):
        notes.append(Note.WILCOXON_DISAGREES(p=p, check=check))
    return replace(
        result,
        effect_size=result.estimate / sd,
        p=p,
        p_check=check,
        power=claim.power(n, alpha, sd),
        notes=tuple(notes),
    )


def _without_spread(result: Result, claim: Claim) -> Result:
    """All differences alike. If they are 0 the two conditions are one; otherwise there is no spread to test against."""
    if result.estimate != 0:
        return replace(result, notes=(Note.NO_SPREAD(),))
    p = claim.p(_exactly_zero)
    return replace(result, effect_size=0.0, p=p, p_check=p, notes=(Note.IDENTICAL(),))


def _exactly_zero(null: float, alternative: Alternative) -> float:
    certain = {"two-sided": False, "greater": null < 0, "less": null > 0}[alternative]
    return 0.0 if certain else 1.0


def _t(d: NDArray[np.floating[Any]]) -> Test:
    from scipy import stats

    return lambda null, alternative: float(stats.ttest_1samp(d - null, 0.0, alternative=alternative).pvalue)


def _wilcoxon(d: NDArray[np.floating[Any]]) -> Test:
    from scipy import stats

    def test(null: float, alternative: Alternative) -> float:
        x = d - null
        x = x[x != 0]
        if not len(x):
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
    n = 2 + bisect.bisect_left(range(2, MOST_PAIRS + 1), wanted, key=lambda n: claim.power(n, alpha))
    if n > MOST_PAIRS:
        raise ValueError(f"an effect of {claim.margin} standard deviations is out of reach")
    return n


def verdict(claim: Claim, result: Result, p_adjusted: float, alpha: float) -> Verdict:
    """What a result says about the claim (Claim.verdict), p being adjusted for the other tests of its family;
    inconclusive where no test was possible."""
    if not math.isfinite(p_adjusted):
        return "inconclusive"
    return claim.verdict(p_adjusted, result.estimate, (result.low, result.high), result.inner, alpha)


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (1979); NaN, a test that could not be made, stays NaN and costs the others nothing.

    As statsmodels' multipletests(method="holm"), which collects garbage at each call and so takes 0.2 s.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)[: np.isfinite(values).sum()]  # NaN sort last
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted = np.full(len(values), math.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted.tolist()


def dose_test(data: pd.DataFrame, claim: Claim, alpha: float) -> Result:
    """Slope of `value` over `dose`, with the participant as a random effect (statsmodels mixedlm).

    data: rows with value, dose, participant and dataset. Random intercept and slope; datasets, if there are several,
    as fixed effects. p and interval by t with (participants - datasets) degrees of freedom, which with few people is
    nearer the truth than the normal that mixedlm reports. The check is a t-test of the participants' own slopes.
    effect_size: the mean slope in standard deviations of the participants' slopes.

    With a column `by`, the test is of how the slope changes with it: the interaction of dose and `by`, by a t-test of
    the participants' own interactions alone.
    """
    people = data["participant"].nunique()
    slopes = _slopes(data)
    if len(slopes) < 2:
        return Result(people, notes=(Note.TOO_FEW_DOSES(),))
    by_slopes = replace(paired_test(slopes, claim, alpha), n=people, test=SLOPES)
    if math.isnan(by_slopes.power) or "by" in data:  # no test, or slopes without spread
        return by_slopes
    df = max(1, people - data["dataset"].nunique())
    estimate, error, notes = _mixed(data)
    test = "mixed model"
    if not (math.isfinite(error) and error > 0):
        estimate, error = by_slopes.estimate, float(np.std(slopes, ddof=1) / math.sqrt(len(slopes)))
        test = SLOPES
    result = _wald(by_slopes, estimate, error, df, claim, alpha)
    if (result.p < alpha) != (by_slopes.p < alpha):
        notes += (Note.SLOPES_DISAGREE(p=result.p, check=by_slopes.p),)
    return replace(result, p_check=by_slopes.p, test=test, notes=(*by_slopes.notes, *notes))


def _wald(result: Result, estimate: float, error: float, df: float, claim: Claim, alpha: float) -> Result:
    """The result with the estimate, p and intervals of an estimate whose standard error has so many degrees of
    freedom."""
    from scipy import stats

    def test(null: float, alternative: Alternative) -> float:
        t = (estimate - null) / error
        tails = {"two-sided": (2, abs(t)), "greater": (1, t), "less": (1, -t)}
        sides, beyond = tails[alternative]
        return sides * float(stats.t.sf(beyond, df))

    half, inner = (_quantile(df, confidence) * error for confidence in (1 - alpha, 1 - 2 * alpha))
    return replace(
        result,
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        inner=(estimate - inner, estimate + inner),
        p=claim.p(test),
    )


def _slopes(data: pd.DataFrame) -> NDArray[np.floating[Any]]:
    """Least-squares slope over the dose of each participant (with `by`, its change over that) whose doses allow one."""
    slopes = []
    for _, rows in data.groupby("participant", sort=True):
        dose = rows["dose"].to_numpy(dtype=float)
        columns = [np.ones_like(dose), dose]
        if "by" in rows:
            by = rows["by"].to_numpy(dtype=float)
            columns = [columns[0], by, dose, dose * by]
        fit, _, rank, _ = np.linalg.lstsq(np.stack(columns, axis=1), rows["value"].to_numpy(dtype=float))
        if rank == len(columns):
            slopes.append(fit[-1])
    return np.array(slopes)


def _mixed(data: pd.DataFrame) -> tuple[float, float, tuple[Remark, ...]]:
    """Slope, its standard error and notes; NaN where the model cannot be fitted. On standardised numbers, which the
    optimiser needs."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    scale, unit = float(data["value"].std()) or 1.0, float(data["dose"].std()) or 1.0
    value, dose = (data["value"] - data["value"].mean()) / scale, (data["dose"] - data["dose"].mean()) / unit
    frame = data.assign(value=value, dose=dose)
    fixed = "value ~ dose + C(dataset)" if data["dataset"].nunique() > 1 else "value ~ dose"
    notes: tuple[Remark, ...]
    for random, notes in (("~dose", ()), ("1", (Note.INTERCEPT_ALONE(),))):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model = MixedLM.from_formula(fixed, frame, groups="participant", re_formula=random)
                fit = model.fit(reml=True, method=["lbfgs", "powell"])
            except (np.linalg.LinAlgError, ValueError):
                continue
        error = float(fit.bse["dose"])
        if fit.converged and math.isfinite(error) and error > 0:
            if any("boundary" in str(warning.message) for warning in caught):  # statsmodels has no class for it
                notes = (*notes, Note.VARIANCE_AT_BOUND())
            return float(fit.params["dose"]) * scale / unit, error * scale / unit, notes
    return math.nan, math.nan, (Note.NO_MIXED_MODEL(),)


def pooled_test(parts: Sequence[NDArray[Any]], claim: Claim, alpha: float) -> Result:
    """The claim over several datasets, each a fixed effect of equal weight: the mean of their mean differences, each
    with its own variance, tested with Welch-Satterthwaite degrees of freedom.

    Datasets are fixed because three or four levels do not show a variance. parts: an array (n,) a dataset.
    """
    parts = [np.asarray(part, dtype=float) for part in parts if len(part) > 1]
    n, k = sum(len(part) for part in parts), len(parts)
    if k < 2:
        return Result(n, notes=(Note.TOO_FEW_DATASETS(),))
    variances = np.array([part.var(ddof=1) / len(part) for part in parts]) / k**2
    error = math.sqrt(float(variances.sum()))
    estimate = float(np.mean([part.mean() for part in parts]))
    if error == 0:
        return _without_spread(Result(n, estimate, estimate, estimate, (estimate, estimate)), claim)
    df = float(variances.sum() ** 2 / (variances**2 / np.array([len(part) - 1 for part in parts])).sum())
    sd = error * math.sqrt(n)
    power = claim.power(n, alpha, sd)
    result = Result(n, effect_size=estimate / sd, power=power, test="datasets as fixed effects")
    return _wald(result, estimate, error, df, claim, alpha)


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
    """Interquartile mean over all runs, with a percentile interval from a bootstrap stratified by dataset (Agarwal et
    al. 2021): participants are drawn anew within each dataset. strata: one array (n_participants,) a dataset."""
    from scipy.stats import trim_mean

    draws = np.concatenate([x[rng.integers(0, len(x), (resamples, len(x)))] for x in map(np.asarray, strata)], axis=1)
    low, high = np.quantile(trim_mean(draws, 0.25, axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(trim_mean(np.concatenate(list(strata)), 0.25)), float(low), float(high)
