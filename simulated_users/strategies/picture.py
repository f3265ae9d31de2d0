"""What is seen of the picture at a glance: who lies beside whom, and where the colours are mixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hill_exp.types import NO_CLASS, Floats, Ints, View


@dataclass(frozen=True)
class Picture:
    """The positions and colours of a view, as neighbourhoods of `k` points."""

    view: View
    k: int

    @cached_property
    def neighbours(self) -> Ints:
        """(N, k) the points that lie nearest to each, itself not among them; fewer than k where there are no more."""
        from scipy.spatial import cKDTree

        n = len(self.view)
        k = min(self.k, n - 1)
        nearest = cKDTree(self.view.positions).query(self.view.positions, k=np.arange(1, k + 2))[1]  # (N, k + 1)
        others = nearest != np.arange(n)[:, None]
        others[others.all(1), -1] = False  # many at one place: it may not be the first of them, nor be there at all
        return nearest[others].reshape(n, k)

    @cached_property
    def nearness(self) -> Floats:
        """(N, k) how much each neighbour counts: 1 / distance, so that the nearest say most of where a point lies."""
        apart = np.linalg.norm(self.view.positions[:, None] - self.view.positions[self.neighbours], axis=2)
        return 1 / (apart + 1e-9)

    @property
    def mixture(self) -> Floats:
        """(N,) how mixed the colours are about each point: Gini impurity, 1 - sum over classes of share^2. A point's
        colour is its observed label, or else the model's prediction; where it has neither, grey."""
        return self._mixture(self.neighbours)

    @property
    def latent_mixture(self) -> Floats | None:
        """(N,) how mixed the colours are among each point and those nearest to it in the latent space; None: these are
        not told."""
        neighbours = self.view.neighbours
        return None if neighbours is None else self._mixture(neighbours)

    def _mixture(self, neighbours: Ints) -> Floats:
        view, n = self.view, len(self.view)
        colour = np.where(view.observed == NO_CLASS, view.predicted, view.observed)
        about = np.concatenate([colour[:, None], colour[neighbours]], axis=1)  # (N, 1 + k)
        share = np.zeros((n, len(view.classes) + bool((colour == NO_CLASS).any())))  # grey is the last
        np.add.at(share, (np.arange(n)[:, None], about), 1 / about.shape[1])
        return 1 - (share**2).sum(1)

    def support(self, known: Ints) -> Floats:
        """(N,) how well each point lies where it is: of its neighbours whose class is known (N,), the share, by
        nearness, that are of its own; NaN where its own class is not known, or that of none of them."""
        about = known[self.neighbours]
        weight = self.nearness * (about != NO_CLASS)
        alike = (weight * (about == known[:, None])).sum(1)
        with np.errstate(invalid="ignore"):
            return np.where(known == NO_CLASS, np.nan, alike / weight.sum(1))
