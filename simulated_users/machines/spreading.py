"""Label spreading (Zhou et al. 2004): observed labels go to the nearest neighbours, and from these to theirs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.person import Query
from hill_exp.types import Ints
from simulated_users.machines.base import Machine, likeliest


class Spreading(Machine):
    """Over the model's inputs, which the model has no part in, or over its latents, as Iscen et al. (2019) do while it
    trains."""

    of: Literal["inputs", "latents"]  # in which points are near one another
    neighbours: int = Field(ge=1)  # that a label spreads to from a point
    alpha: float = Field(gt=0, lt=1)  # how far a labelled point may yield to its neighbours
    threshold: float = Field(ge=0, le=1)  # share of what reaches a point that its class must have

    @override
    def labels(self, query: Query) -> Ints:
        """The class of which most reaches each point; NO_CLASS where none does."""
        from sklearn.semi_supervised import LabelSpreading

        points = query.inputs if self.of == "inputs" else query.latents
        neighbours = min(self.neighbours, len(points))
        spreading = LabelSpreading(kernel="knn", n_neighbors=neighbours, alpha=self.alpha, max_iter=1000)
        with np.errstate(invalid="ignore", divide="ignore"):
            spreading.fit(points, query.observed)  # scikit-learn too writes -1 where there is none
        return likeliest(np.nan_to_num(spreading.label_distributions_), spreading.classes_, self.threshold)
