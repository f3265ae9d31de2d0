"""Active learning: the same person, and the same seconds, spent on naming the points that a query asks for.

A person who names does not choose; the query does, by what the model then is. Queries are scikit-activeml's.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from pydantic import Field, FiniteFloat
from typing_extensions import override

from hill_exp.config import Choice
from hill_exp.person import Names, Naming, NeedsClasses, Perceives, Query
from hill_exp.types import NO_CLASS, Ints, Sights
from simulated_users.biases import Conflation
from simulated_users.knowledge import Knowledge

UNCERTAINTY: Final = {"uncertainty": "least_confident", "margin": "margin_sampling", "entropy": "entropy"}


class Active(Choice, Names, Perceives, NeedsClasses):
    """Asked about as many points as there is time to look at and to answer for, of those whose class is not observed
    and that it was not asked about before."""

    query: Literal["uncertainty", "margin", "entropy", "coreset", "random"]
    weight: float = Field(ge=0)  # of the cross-entropy on what it named, beside that on the observed labels
    look: FiniteFloat = Field(ge=0)  # s a thumbnail, to see what it is
    answer: FiniteFloat = Field(gt=0)  # s an answer
    knowledge: Knowledge
    conflation: Conflation

    @override
    def check_classes(self, classes: tuple[str, ...], coloured: bool) -> None:
        """UserError if a parameter needs a class that the data do not have."""
        self.knowledge.check(classes)
        self.conflation.on(classes)

    @override
    def recognise(self, sights: Sights, rng: np.random.Generator) -> Ints:
        """(N,) the classes that the images are taken for (see Knowledge)."""
        return self.knowledge.recognise(sights, rng)

    @override
    def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
        """The class that this person holds each point to belong to about which it is asked."""
        unknown = np.flatnonzero((query.observed == NO_CLASS) & ~query.asked)
        points = self.choose(query, unknown, min(self._most(query), len(unknown)), rng)
        belief = self.conflation.on(query.classes).of(query.recognised)
        asked = np.zeros(len(query), dtype=bool)
        asked[points] = True
        return Naming(np.where(asked, belief, NO_CLASS), asked, len(points) * (self.look + self.answer))

    def _most(self, query: Query) -> int:
        """How many points the budget has room for; a gesture is an answer."""
        limits = [limit for limit in (query.budget.points, query.budget.gestures) if limit is not None]
        if query.budget.seconds is not None:
            limits.append(int(query.budget.seconds / (self.look + self.answer) + 1e-9))
        return min(limits, default=len(query))

    def choose(self, query: Query, unknown: Ints, k: int, rng: np.random.Generator) -> Ints:
        """(k,) of the points `unknown` (m,), those that the query asks about."""
        if self.query == "random" or not k:
            return rng.permutation(unknown)[:k]
        from skactiveml.pool import k_greedy_center, uncertainty_scores

        if self.query in UNCERTAINTY:  # Settles 2009
            scores = uncertainty_scores(query.probabilities[unknown], method=UNCERTAINTY[self.query])
            return unknown[np.argsort(-scores, kind="stable")[:k]]
        known = np.where(np.isin(np.arange(len(query)), unknown), NO_CLASS, 0)  # of what class does not matter
        seed = np.random.RandomState(int(rng.integers(2**32)))  # the library takes no Generator
        chosen, _ = k_greedy_center(query.latents, known, k, seed, missing_label=NO_CLASS, mapping=unknown)
        return chosen  # Sener and Savarese 2018
