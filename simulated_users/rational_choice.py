"""Which point next: choice by worth, from the best through likely the best to at random."""

from __future__ import annotations

import numpy as np

from hill_exp.types import Bools, Floats, Ints


def standardised(worth: Floats, free: Bools) -> Floats:
    """(N,) worth as standard deviations above the mean of the `free` points; 0 where all are worth the same.

    It makes rationality scale-free: a teacher whose temperature depends on the scale of its utilities turns
    deterministic when they grow (imitation#821).
    """
    spread = worth[free].std() if free.any() else 0.0
    return (worth - worth[free].mean()) / spread if spread > 0 else np.zeros_like(worth)


def order(worth: Floats, free: Bools, rationality: float, taste: Floats) -> Ints:
    """The numbers of the free points in the order in which they are chosen.

    Each next one with probability proportional to exp(rationality * worth) among those left (the stochastic teacher
    of B-Pref, Lee et al. 2021, by Gumbel-top-k: `taste` (N,) is Gumbel noise); infinity takes the best, ties at random.
    """
    points = np.flatnonzero(free)
    if np.isinf(rationality):
        return points[np.lexsort((-taste[points], -worth[points]))]
    return points[np.argsort(-(rationality * worth[points] + taste[points]), kind="stable")]
