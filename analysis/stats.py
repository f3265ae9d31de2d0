"""The tests, on plain arrays: what was measured, how sure that is, and what it says about a claim.

A claim about a mean difference d is one of
    higher, lower          d is above (below) 0; `margin` is the smallest effect of interest, 0 for any effect
    at least, at most      d is not below -margin (not above +margin): non-inferiority
    equal                  d lies within +-margin: equivalence, by two one-sided tests (TOST, Schuirmann 1987)
"Maintained" is said of the last three alone: a difference that is not significant is no evidence of none.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.paired import t_interval

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Claim = Literal["higher", "lower", "at least", "at most", "equal"]
Verdict = Literal["supported", "not supported", "inconclusive"]
SLOPES = "t of the participants' slopes"
FEW = 10  # pairs below which the shape of the differences can hardly be judged


@dataclass(frozen=True)
class Result:
    """One test. `p` is two-sided for higher and lower (the stated direction is required on top), one-sided for
    the others. low and high: interval of 1 - alpha; inner: of 1 - 2 alpha, the one that equivalence is read off.
    `power`: the chance that a study of this size and spread finds an effect of `margin` (0.5 standard deviations
    where none is stated), or, of at least, at most and equal, holds the claim where there is no difference at all."""

    n: int
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    inner: tuple[float, float] = (math.nan, math.nan)
    effect_size: float = math.nan  # mean difference in standard deviations of the differences (Cohen's d_z)
    p: float = math.nan
    p_check: float = math.nan  # the same claim by a second test with other assumptions
    power: float = math.nan
    test: str = ""
    notes: tuple[str, ...] = ()


def paired_test(
    differences: Sequence[float] | NDArray[Any] | pd.Series, claim: Claim, margin: float, alpha: float
) -> Result:
    """Paired t-test of the claim, with Wilcoxon's signed-rank test beside it. differences (n,), finite."""
    from scipy import stats

    d = np.asarray(differences, dtype=float)
    n = len(d)
    if n < 2:
        return Result(n, float(d.mean()) if n else math.nan, notes=(f"{n} complete pairs: no test",))
    outer, inner = t_interval(d, 1 - alpha), t_interval(d, 1 - 2 * alpha)
    kind = {"equal": "paired TOST", "at least": "paired t, one-sided", "at most": "paired t, one-sided"}
    result = Result(n, outer.mean, outer.low, outer.high, (inner.low, inner.high), test=kind.get(claim, "paired t"))
    sd = float(d.std(ddof=1))
    if sd <= 1e-12 * max(1.0, float(np.abs(d).max())):
        return _without_spread(result, claim, margin)
    notes = []
    if n < FEW:
        notes.append(f"a small sample, n = {n}")
    elif (shapiro := float(stats.shapiro(d).pvalue)) < alpha:
        notes.append(f"the differences are not normal (Shapiro-Wilk p = {shapiro:.2g})")
    p, check = _p(d, claim, margin, _t), _p(d, claim, margin, _wilcoxon)
    if (p < alpha) != (check < alpha):
        notes.append(f"t and Wilcoxon disagree (p = {p:.2g} and {check:.2g}): the shape of the differences matters")
    return replace(
        result,
        effect_size=result.estimate / sd,
        p=p,
        p_check=check,
        power=power(claim, margin / sd, n, alpha),
        notes=tuple(notes),
    )


def _without_spread(result: Result, claim: Claim, margin: float) -> Result:
    """All differences alike. If they are 0 the two conditions are one; otherwise there is no spread to test against."""
    if result.estimate != 0:
        return replace(result, notes=("all differences are the same, so their spread is unknown: no test",))
    p = 1.0 if claim in ("higher", "lower") or margin == 0 else 0.0
    return replace(result, effect_size=0.0, p=p, p_check=p, notes=("identical in every pair",))


def _p(d: NDArray[np.floating[Any]], claim: Claim, margin: float, test: Any) -> float:
    if claim in ("higher", "lower"):
        return float(test(d, "two-sided"))
    above, below = test(d + margin, "greater"), test(d - margin, "less")
    return float({"at least": above, "at most": below, "equal": max(above, below)}[claim])


def _t(d: NDArray[np.floating[Any]], alternative: str) -> float:
    from scipy import stats

    return float(stats.ttest_1samp(d, 0.0, alternative=alternative).pvalue)


def _wilcoxon(d: NDArray[np.floating[Any]], alternative: str) -> float:
    from scipy import stats

    d = d[d != 0]
    if not len(d):
        return 1.0
    tied = len(np.unique(np.abs(d))) < len(d)  # scipy's own choice would be a permutation test of a second
    return float(stats.wilcoxon(d, alternative=alternative, method="asymptotic" if tied else "auto").pvalue)


def power(claim: Claim, margin: float, n: int, alpha: float) -> float:
    """Power of a paired t-test of the claim with n pairs; `margin` in standard deviations of the differences.

    Of `equal` a lower bound: both one-sided tests hold at least as often as one less the chances of missing either.
    """
    from statsmodels.stats.power import TTestPower

    size = min(margin, 5.0) if margin > 0 else 0.5  # beyond 5 the noncentral t is 1 to all digits
    alternative = "two-sided" if claim in ("higher", "lower") else "larger"
    value = float(TTestPower().power(size, n, alpha, alternative=alternative))
    return max(0.0, 2 * value - 1) if claim == "equal" else value


def pairs_needed(claim: Claim, margin: float, alpha: float, wanted: float) -> int:
    """How many pairs give a paired t-test of the claim the wanted power; `margin` in standard deviations of the
    differences: the effect to be found, or how far equal may be from equal."""
    n = 2
    while power(claim, margin, n, alpha) < wanted:
        n = n + 1 if n < 200 else math.ceil(1.01 * n)
        if n > 1_000_000:
            raise ValueError(f"an effect of {margin} standard deviations is out of reach")
    return n


def verdict(claim: Claim, result: Result, p_adjusted: float, margin: float, alpha: float) -> Verdict:
    """What a result says about the claim, p being adjusted for the other tests of its family.

    Supported: p < alpha, and for higher and lower the estimate is on the stated side.
    Not supported: the data speak against the claim. For higher and lower the whole interval is at or short of the
    smallest effect of interest (or on the other side of 0), or equivalence within it holds; for the others the whole
    interval is beyond the margin.
    Inconclusive: neither, or no test was possible.
    """
    if not math.isfinite(p_adjusted):
        return "inconclusive"
    sign = -1 if claim in ("lower", "at most") else 1  # turns lower into higher, at most into at least
    estimate = sign * result.estimate
    low, high = sorted((sign * result.low, sign * result.high))
    if claim in ("higher", "lower"):
        if p_adjusted < alpha and estimate > 0:
            return "supported"
        within = -margin < min(result.inner) and max(result.inner) < margin
        return "not supported" if high <= margin or within else "inconclusive"
    if p_adjusted < alpha:
        return "supported"
    against = high <= -margin or (claim == "equal" and low >= margin)
    return "not supported" if against else "inconclusive"


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


def dose_test(data: pd.DataFrame, claim: Claim, margin: float, alpha: float) -> Result:
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
        return Result(people, notes=("fewer than two participants have several doses: no test",))
    own = paired_test(slopes, claim, margin, alpha)
    own = replace(own, n=people, test=SLOPES)
    if math.isnan(own.power) or "by" in data:  # no test, or slopes without spread
        return own
    df = max(1, people - data["dataset"].nunique())
    estimate, error, notes = _mixed(data)
    test = "mixed model"
    if not (math.isfinite(error) and error > 0):
        estimate, error = own.estimate, float(np.std(slopes, ddof=1) / math.sqrt(len(slopes)))
        test = SLOPES
    wald = _wald(estimate, error, df, claim, margin, alpha)
    if (wald["p"] < alpha) != (own.p < alpha):
        notes += (f"mixed model and the participants' own slopes disagree (p = {wald['p']:.2g} and {own.p:.2g})",)
    return replace(own, p_check=own.p, test=test, notes=(*own.notes, *notes), **wald)


def _wald(estimate: float, error: float, df: float, claim: Claim, margin: float, alpha: float) -> dict[str, Any]:
    """Estimate, p and intervals of an estimate whose standard error has so many degrees of freedom."""
    from scipy import stats

    if claim in ("higher", "lower"):
        p = 2 * float(stats.t.sf(abs(estimate / error), df))
    else:
        above, below = (float(stats.t.sf((margin + sign * estimate) / error, df)) for sign in (1, -1))
        p = {"at least": above, "at most": below, "equal": max(above, below)}[claim]
    half, inner = (float(stats.t.ppf(1 - a, df)) * error for a in (alpha / 2, alpha))
    return {
        "estimate": estimate,
        "low": estimate - half,
        "high": estimate + half,
        "inner": (estimate - inner, estimate + inner),
        "p": p,
    }


def _slopes(data: pd.DataFrame) -> NDArray[np.floating[Any]]:
    """Least-squares slope over the dose of each participant (with `by`, its change over that) whose doses allow one."""
    found = []
    for _, own in data.groupby("participant", sort=True):
        dose = own["dose"].to_numpy(dtype=float)
        columns = [np.ones_like(dose), dose]
        if "by" in own:
            by = own["by"].to_numpy(dtype=float)
            columns = [columns[0], by, dose, dose * by]
        fit, _, rank, _ = np.linalg.lstsq(np.stack(columns, axis=1), own["value"].to_numpy(dtype=float))
        if rank == len(columns):
            found.append(fit[-1])
    return np.array(found)


def _mixed(data: pd.DataFrame) -> tuple[float, float, tuple[str, ...]]:
    """Slope, its standard error and notes; NaN where the model cannot be fitted. On standardised numbers, which the
    optimiser needs."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    scale, unit = float(data["value"].std()) or 1.0, float(data["dose"].std()) or 1.0
    value, dose = (data["value"] - data["value"].mean()) / scale, (data["dose"] - data["dose"].mean()) / unit
    frame = data.assign(value=value, dose=dose)
    fixed = "value ~ dose + C(dataset)" if data["dataset"].nunique() > 1 else "value ~ dose"
    fallback = "random intercept alone: with random slopes the fit did not converge"
    said: tuple[str, ...]
    for random, said in (("~dose", ()), ("1", (fallback,))):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                model = MixedLM.from_formula(fixed, frame, groups="participant", re_formula=random)
                fit = model.fit(reml=True, method=["lbfgs", "powell"])
            except (np.linalg.LinAlgError, ValueError):
                continue
        error = float(fit.bse["dose"])
        if fit.converged and math.isfinite(error) and error > 0:
            if any("boundary" in str(w.message) for w in told):
                said = (*said, "a variance of the random effects is at its bound, 0")
            return float(fit.params["dose"]) * scale / unit, error * scale / unit, said
    return math.nan, math.nan, ("the mixed model could not be fitted",)


def pooled_test(parts: Sequence[NDArray[Any]], claim: Claim, margin: float, alpha: float) -> Result:
    """The claim over several datasets, each a fixed effect of equal weight: the mean of their mean differences, each
    with its own variance, tested with Welch-Satterthwaite degrees of freedom.

    Datasets are fixed because three or four levels do not show a variance.
    """
    parts = [np.asarray(part, dtype=float) for part in parts if len(part) > 1]
    n, k = sum(len(part) for part in parts), len(parts)
    if k < 2:
        return Result(n, notes=("fewer than two datasets have complete pairs: no test over datasets",))
    variances = np.array([part.var(ddof=1) / len(part) for part in parts]) / k**2
    error = math.sqrt(float(variances.sum()))
    estimate = float(np.mean([part.mean() for part in parts]))
    if error == 0:
        return _without_spread(Result(n, estimate, estimate, estimate, (estimate, estimate)), claim, margin)
    df = float(variances.sum() ** 2 / (variances**2 / np.array([len(part) - 1 for part in parts])).sum())
    sd = error * math.sqrt(n)
    return Result(
        n,
        effect_size=estimate / sd,
        power=power(claim, margin / sd, n, alpha),
        test="datasets as fixed effects",
        **_wald(estimate, error, df, claim, margin, alpha),
    )


def interquartile(
    strata: Sequence[NDArray[Any]], rng: np.random.Generator, confidence: float = 0.95, resamples: int = 2000
) -> tuple[float, float, float]:
    """Interquartile mean over all runs, with a percentile interval from a bootstrap stratified by dataset (Agarwal et
    al. 2021): participants are drawn anew within each dataset. strata: one array (n_participants,) a dataset."""
    from scipy.stats import trim_mean

    draws = np.concatenate([x[rng.integers(0, len(x), (resamples, len(x)))] for x in map(np.asarray, strata)], axis=1)
    low, high = np.quantile(trim_mean(draws, 0.25, axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(trim_mean(np.concatenate(list(strata)), 0.25)), float(low), float(high)
