"""Which points a person leaves alone: deference to the model, and classes that are neglected.

To pass over a point is one thing and never to think of it another. With the points that a departure leaves alone taken
out of the choices, their order gets likelier, and by how much (the gain in log-likelihood) is the evidence for it.

- Deference d leaves alone points of which the model is surer than 1 - d. The likeliest d is the largest that spares
  every point that was handled. That the surest points were handled by no chance at all has probability exp(-gain).
- Attention: a class of which H points were handled at some time and U never is neglected with strength h by likelihood
  (1 - h)^H h^U, the U being out of the choices (a lower bound: some of them may have had no turn). The classes are
  taken in one after the other, the greatest gain first, while the likelihood ratio test says so and the class was
  handled less often than the others too (exact binomial; Holm over the classes). The strength is then estimated
  without that bound: each point has under beta a chance to be handled in all, and (1 - h) times as much if neglected.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.people.choosings import Choosing, handled
from analysis.people.plackett_luce import likeliest
from analysis.people.profile_likelihood import Estimate, nothing_known, profile
from hill_exp.types import NO_CLASS, Bools, Floats, Ints

LEVEL: Final = 0.05  # of the tests


@dataclass(frozen=True)
class Neglect:
    """One class: how many of its points there are, were looked at (all, where that is not known), were handled, and
    would have been, had it not been neglected."""

    name: str
    points: int
    known: int
    handled: int
    expected: float
    strength: Estimate | None  # None: not neglected


def deference(turns: Sequence[Choosing], left_alone: Bools) -> Estimate:
    """The threshold that spares all points that were handled, if there is evidence for any; the interval holds the
    thresholds within 3.0 of its log-likelihood (exp(-3.0) = 0.05). left_alone (images,): points that are out anyway."""
    n = sum(len(turn.leads) for turn in turns)
    if n == 0:
        return nothing_known(0.0, 1.0)
    most = float(np.clip(1 - max(turn.confidence[turn.sequence].max() for turn in turns), 0, 1))

    def loglik(deference: float) -> float:
        return _highest_loglik(turns, left_alone, deference)

    peak = loglik(most)
    if peak - loglik(0.0) < -np.log(LEVEL):
        return Estimate(0.0, 0.0, most, n)
    steps = np.unique(np.concatenate([[0.0], *(1 - turn.confidence for turn in turns)]).clip(0, most))
    first = bisect_left(steps, peak + np.log(LEVEL), key=loglik)  # between two steps the same points are spared
    return Estimate(most, float(steps[max(0, first - 1)]), most, n)


def neglected_classes(turns: Sequence[Choosing], belief: Ints, n_classes: int, deference: float) -> list[int]:
    """The classes of which too many points were never handled, greatest evidence first; belief (images,),
    NO_CLASS of those that were never on offer: reserved, or never looked at."""
    from scipy.stats import binomtest, chi2

    touched = handled(turns, len(belief))
    neglected: list[int] = []
    candidates = [c for c in range(n_classes) if (~touched & (belief == c)).any()]

    def loglik_without(classes: list[int]) -> float:
        return _highest_loglik(turns, ~touched & np.isin(belief, classes), deference)

    def p_handled_as_often(c: int) -> float:
        """p that the points of class c were handled as often as those of the classes not neglected."""
        members, others = belief == c, ~np.isin(belief, [NO_CLASS, *neglected, c])
        rate = touched[others].mean() if others.any() else 1.0
        return float(binomtest(int(touched[members].sum()), int(members.sum()), rate, "less").pvalue)

    while candidates:
        so_far = loglik_without(neglected)
        gains = [loglik_without([*neglected, c]) + _peak_of_share(touched[belief == c]) - so_far for c in candidates]
        best = int(np.argmax(gains))
        p = chi2.sf(2 * max(0.0, gains[best]), 1) / 2  # the strength lies on the edge of its range if there is none
        if max(p, p_handled_as_often(candidates[best])) * len(candidates) > LEVEL:
            break
        neglected.append(candidates.pop(best))
    return neglected


def strength(handled: Bools, chance: Floats) -> Estimate:
    """Share of a class's points that is left alone always; handled, chance (points of the class,): whether each was
    handled, and its chance to be, were it not left alone."""
    from scipy.special import xlogy

    def loglik(strength: float) -> float:
        missed = np.maximum(1 - (1 - strength) * chance[~handled], 1e-12)
        return float(max(xlogy(handled.sum(), 1 - strength), -1e9) + np.log(missed).sum())

    return Estimate(*profile(loglik, 0.0, 1.0), int(handled.sum()))


def _highest_loglik(turns: Sequence[Choosing], left_alone: Bools, deference: float) -> float:
    """Of the choices, at their likeliest rationality."""
    return likeliest([turn.race(left_alone, deference) for turn in turns])[1]


def _peak_of_share(handled: Bools) -> float:
    """log of (1 - h)^H h^U at its likeliest h."""
    from scipy.special import xlogy

    share = handled.mean()
    return float(len(handled) * (xlogy(share, share) + xlogy(1 - share, 1 - share)))
