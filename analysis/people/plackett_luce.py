"""The order of choices as a race: rationality by the likelihood of Plackett and Luce.

The next point is chosen with probability proportional to exp(beta * worth) among those left (softmax, or
Boltzmann-rational, choice, as the stochastic teacher of B-Pref, Lee et al. 2021). The order of a turn's choices then
has the likelihood of Plackett and Luce:

    product over the choices of  exp(beta w) / sum over those left of exp(beta w)

It has one peak in beta, at infinity if the best that was left was always taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from analysis.people.profile_likelihood import Estimate, maximum, nothing_known, profile
from hill_exp.types import Floats, Ints

RATIONAL: Final = 1e4  # a beta that no order of choices tells from infinity


class Race(NamedTuple):
    """A turn's choices among the points that could be taken. `order` has those left over first, then those taken from
    the last to the first: what a choice had to choose from is all up to it."""

    worth: Floats  # (N,) standardised
    otherwise: Floats  # (N,) standardised by the same mean and spread
    order: Ints  # (points in the race,)
    choices: Ints  # (gestures,) where in `order` the chosen points are
    taken: int  # the last so many of `order`

    def utility(self, beta: float) -> tuple[Floats, Floats]:
        """(utility of each point in `order`, log of the summed exponentials of all up to it)."""
        utility = beta * self.worth[self.order]
        return utility, np.logaddexp.accumulate(utility)


def loglik(races: Sequence[Race], beta: float) -> float:
    """Log-likelihood of the orders of all races."""
    total = 0.0
    for race in races:
        utility, rivals = race.utility(beta)
        total += float((utility - rivals)[race.choices].sum())
    return total


def likeliest(races: Sequence[Race]) -> tuple[float, float]:
    """(beta, its log-likelihood)."""
    u, peak = maximum(lambda u: loglik(races, _beta(u)), 0.0, 1.0)
    return _beta(u), peak


def rationality(races: Sequence[Race]) -> Estimate:
    """Beta; its interval may reach infinity."""
    n = sum(len(race.choices) for race in races)
    if n == 0:
        return nothing_known(0.0, np.inf)
    value, low, high = (_beta(u) if u < 1 else np.inf for u in profile(lambda u: loglik(races, _beta(u)), 0.0, 1.0))
    return Estimate(value, low, high, n)


def _beta(u: float) -> float:
    """From a range with an end, u from 0 to 1, as beta = u / (1 - u)."""
    return min(u / (1 - u), RATIONAL) if u < 1 else RATIONAL
