"""The maximum of a log-likelihood, and the values that it does not rule out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LogLikelihood = Callable[[float], float]


class Estimate(NamedTuple):
    """What is known of a parameter: a value, its 95% interval, and the number of gestures that it rests on."""

    value: float
    low: float
    high: float
    n: int


def profile(loglik: LogLikelihood, low: float, high: float) -> tuple[float, float, float]:
    """(value, low, high): the maximum of a log-likelihood with one peak between `low` and `high`, and its 95% interval
    by likelihood ratio: the values within 1.92 (half the 95% point of chi-squared with 1 degree of freedom) of it."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    best, top = maximum(loglik, low, high)
    cut = top - chi2.ppf(0.95, 1) / 2

    def above(x: float) -> float:
        return max(loglik(x) - cut, -1e6)  # a bracket's end may be impossible, and the search needs a number

    lower = low if above(low) >= 0 else float(brentq(above, low, best, xtol=1e-5))
    upper = high if above(high) >= 0 else float(brentq(above, best, high, xtol=1e-5))
    return best, lower, upper


def over(loglik: Callable[[float, float], float], low: float, high: float) -> LogLikelihood:
    """The log-likelihood of the first parameter, whatever the second, which lies between `low` and `high`."""
    return lambda first: maximum(lambda second: loglik(first, second), low, high)[1]


def maximum(loglik: LogLikelihood, low: float, high: float) -> tuple[float, float]:
    """(where, how high): the peak, or the end of the range that is as high."""
    from scipy.optimize import minimize_scalar

    inside = minimize_scalar(lambda x: -loglik(x), bounds=(low, high), method="bounded", options={"xatol": 1e-5})
    ends = [(loglik(x), x) for x in (low, high)]
    top, best = max([(-float(inside.fun), float(inside.x)), *ends], key=lambda pair: (pair[0], pair in ends))
    return best, top


def nothing_known(low: float, high: float) -> Estimate:
    """No value (NaN), and all of the parameter's range as its interval."""
    return Estimate(np.nan, low, high, 0)
