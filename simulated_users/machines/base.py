"""What every machine is: a class for each point as far as it says one, by a rule without chance."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.config import Choice
from hill_exp.person import Names, Naming, Query
from hill_exp.types import NO_CLASS, Floats, Ints


class Machine(Choice, Names):
    """Names points at every turn, anew by what the model then is. Where no label is observed it knows no class, and
    names nothing."""

    weight: float = Field(ge=0)  # of the cross-entropy on what it named, beside that on the observed labels

    @override
    def name_points(self, query: Query, rng: np.random.Generator) -> Naming:
        if (query.observed == NO_CLASS).all():
            return Naming.unasked(query.observed.copy())
        return Naming.unasked(self.labels(query))

    @abstractmethod
    def labels(self, query: Query) -> Ints:
        """(N,) classes, or NO_CLASS. At least one label is observed."""


def likeliest(share: Floats, classes: Ints, threshold: float) -> Ints:
    """(N,) of `classes` (k,) the one with the largest share (N, k), where that is above 0 and at least `threshold`;
    else NO_CLASS."""
    most = share.max(1)
    return np.where((most > 0) & (most >= threshold), classes[share.argmax(1)], NO_CLASS)
