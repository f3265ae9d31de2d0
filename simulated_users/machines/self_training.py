"""Self-training (pseudo-labels, Lee 2013): the model is taught what it is itself sure of."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.person import Query
from hill_exp.types import NO_CLASS, Ints
from simulated_users.machines.base import Machine, likeliest


class SelfTraining(Machine):
    """Names the points without an observed label of whose class the model is sure."""

    threshold: float = Field(ge=0, le=1)  # probability that the model must give to a class

    @override
    def labels(self, query: Query) -> Ints:
        """The model's class, where it is sure of it; NO_CLASS elsewhere, and where a label is observed."""
        classes = np.arange(query.probabilities.shape[1])
        sure = likeliest(query.probabilities, classes, self.threshold)
        return np.where(query.observed == NO_CLASS, sure, NO_CLASS)
