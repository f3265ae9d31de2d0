"""All that is known of one person, from its recorded sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from analysis.people.choice_model import choose
from analysis.people.course import Course
from analysis.people.drags import Drags
from analysis.people.left_alone import Neglect
from analysis.people.misfiling import rates, read_filing
from analysis.people.pile_mixture import fit_hand, fit_piles
from analysis.people.profile_likelihood import Estimate
from hill_exp.types import NO_CLASS, Floats


class Fitted(NamedTuple):
    """What is known of one person."""

    estimates: dict[str, Estimate]  # of each parameter, by its dotted name; and the share `misfiled`
    attention: list[Neglect]  # of each class
    conflation: dict[tuple[str, str], Estimate]  # (class, the class it is put with) -> strength
    gain: dict[str, float]  # strategy -> log-likelihood over choosing at random
    lost: float  # share of the drags that ended at no pile

    @property
    def neglected(self) -> dict[str, Estimate]:
        """Class -> strength, of those that are neglected."""
        return {one.name: one.strength for one in self.attention if one.strength}


def fit(courses: Sequence[Course], strategy: str = "pile") -> Fitted:
    """One person, from its courses (with the same classes), under the strategy that it is held to follow."""
    names = courses[0].views[0].classes
    drags = Drags.of(courses)
    truth = np.concatenate([course.views[0].recognised for course in courses])
    mixture = fit_piles(drags, len(courses), len(names))
    filing = read_filing(drags, mixture, truth)
    choices = choose(courses, filing.belief, filing.certain, strategy, np.random.default_rng(0))
    error, slips = rates(filing, choices.right, choices.misread)
    anchoring, constant, proportional = fit_hand(drags, mixture)
    estimates = {
        "misfiled": filing.misfiled,
        "knowledge.error": error,
        "slips": slips,
        "motor.constant": constant,
        "motor.proportional": proportional,
        "anchoring": anchoring,
        "rationality": choices.rationality,
        "deference": choices.deference,
        **_look(np.concatenate([course.dwell for course in courses])),
    }
    conflation = {(names[one], names[other]): strength for (one, other), strength in filing.conflation.items()}
    lost = float((mixture.pile == NO_CLASS).mean()) if len(drags) else 0.0
    return Fitted(estimates, choices.attention, conflation, choices.gain, lost)


def _look(dwell: Floats) -> dict[str, Estimate]:
    """tools.look, the median of the times (L,) for which images were looked at, where a page noted any; its interval
    by the order of the times."""
    from scipy.stats import binom

    if not len(dwell):
        return {}
    n, ordered = len(dwell), np.sort(dwell)
    ends = np.clip(binom.ppf([0.025, 0.975], n, 0.5) - np.array([1, 0]), 0, n - 1).astype(int)
    low, high = ordered[ends].tolist()
    return {"tools.look": Estimate(float(np.median(dwell)), low, high, n)}
