"""Chances of a t-test to reject, by the noncentral t (scipy)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

_NODES: Final = 200  # of the quadrature over the standard deviation that a study finds


def t_power(size: float, n: int, alpha: float) -> float:
    """Chance that a one-sided t-test of n values, toward the side of their mean, rejects at level alpha that it is 0;
    `size`, at least 0, is their true mean in standard deviations."""
    from scipy.special import stdtrit
    from scipy.stats import nct

    return float(nct.sf(stdtrit(n - 1, 1 - alpha), n - 1, size * math.sqrt(n)))


def equivalence_power(size: float, n: int, alpha: float) -> float:
    """Chance that two one-sided t-tests of n values at level alpha (TOST) hold their mean within +-`size` standard
    deviations, where it is 0 in truth.

    Given the standard deviation s that the study finds, the mean must lie within size - t s / sqrt(n): a normal
    probability, averaged over the distribution of s (as Owen's Q; Phillips 1990, eq. 1).
    """
    from scipy.special import ndtr, stdtrit
    from scipy.stats import chi

    df, shift, critical = n - 1, size * math.sqrt(n), float(stdtrit(n - 1, 1 - alpha))
    low, high = np.array(chi.interval(1 - 1e-12, df)) / math.sqrt(df)
    high = min(high, shift / critical)
    if high <= low:
        return 0.0
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    s = low + (high - low) * (nodes + 1) / 2  # in units of the true standard deviation
    density = chi.pdf(s * math.sqrt(df), df) * math.sqrt(df)
    return float((high - low) / 2 * weights @ (density * (2 * ndtr(shift - critical * s) - 1)))
