"""A support vector machine (Cortes and Vapnik 1995), trained on the observed labels, names the others."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.person import Query
from hill_exp.types import NO_CLASS, Ints
from simulated_users.machines.base import Machine


class Svc(Machine):
    """What a model of another kind makes of the same inputs and labels, distilled into this one."""

    kernel: Literal["rbf", "linear"]  # rbf is as wide as scikit-learn's gamma=scale makes it
    cost: float = Field(gt=0)  # C, of a labelled point on the wrong side

    @override
    def labels(self, query: Query) -> Ints:
        """Its class of each point without an observed label, NO_CLASS of the others."""
        from sklearn.svm import SVC

        known = query.observed != NO_CLASS
        if len(np.unique(query.observed[known])) == 1:  # which no SVC takes
            return np.where(known, NO_CLASS, query.observed[known][0])
        svc = SVC(kernel=self.kernel, C=self.cost, random_state=0)  # it draws a seed, of which it makes no use
        svc.fit(query.inputs[known], query.observed[known])
        return np.where(known, NO_CLASS, svc.predict(query.inputs))
