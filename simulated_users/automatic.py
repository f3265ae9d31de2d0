"""No person: what a user could have without anybody. Label spreading on the latents proposes the classes."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from hill_exp.person import SeesLatents
from hill_exp.types import NO_CLASS, Floats, Ints
from simulated_users.person import SimulatedPerson


class Automatic(SimulatedPerson, SeesLatents):
    """Edits as the oracle does, on the classes that label spreading gives (Zhou et al. 2004) and not on true ones."""

    neighbours: int = Field(ge=1)  # that a label spreads to from a point
    alpha: float = Field(gt=0, lt=1)  # how far a labelled point may yield to its neighbours

    @override
    def recognise_latents(self, latents: Floats, observed: Ints) -> Ints:
        """(N,) a class for each point, from the latents (N, d) and the observed labels (N,) or NO_CLASS; NO_CLASS
        where no label reaches."""
        from sklearn.semi_supervised import LabelSpreading

        if (observed == NO_CLASS).all():
            return observed.copy()
        neighbours = min(self.neighbours, len(latents))
        spreading = LabelSpreading(kernel="knn", n_neighbors=neighbours, alpha=self.alpha, max_iter=1000)
        with np.errstate(invalid="ignore", divide="ignore"):
            spreading.fit(latents, observed)
        share = np.nan_to_num(spreading.label_distributions_)  # (N, classes that have a label)
        return np.where(share.sum(1) > 0, spreading.classes_[share.argmax(1)], NO_CLASS)
