"""The clusters that a person sees: by Gestalt, what lies near and looks alike belongs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hill_exp.types import Floats, Ints
from simulated_users.group_centres import means, medians
from simulated_users.strategies.picture import Picture

NONE: Final = -1  # the number of no cluster
LEAST: Final = 3  # points that make a cluster: two may lie together by chance
IN_PLACE: Final = (
    0.5  # support (Picture.support) below which a point looks misplaced: most about it are of other classes
)


@dataclass(frozen=True)
class Clusters:
    """K clusters of known points, each of one class; a class may have several, or none."""

    of: Ints  # (N,) the cluster that a point is in, or NONE
    kind: Ints  # (K,) its class
    centre: Floats  # (K, 2) median of its points
    radius: Floats  # (K,) root mean square distance of its points from the centre

    @classmethod
    def seen(cls, picture: Picture, known: Ints, support: Floats) -> Clusters:
        """Of the points in place, whose class is `known` (N,): those that are neighbours and of one class."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n, positions = len(known), picture.view.positions
        in_place = support >= IN_PLACE  # never where it is NaN
        start = np.repeat(np.arange(n), picture.neighbours.shape[1])
        end = picture.neighbours.ravel()
        linked = in_place[start] & in_place[end] & (known[start] == known[end])
        links = coo_array((np.ones(linked.sum()), (start[linked], end[linked])), shape=(n, n))
        component = connected_components(links, directed=False)[1]
        large = in_place & (np.bincount(component, minlength=n)[component] >= LEAST)
        first, number = np.unique(component[large], return_inverse=True)
        of = np.full(n, NONE, dtype=np.int64)
        of[large] = number
        kind = known[large][np.unique(number, return_index=True)[1]]
        centre = medians(positions, of, len(first))
        squared = np.zeros((n, 2))
        squared[large, 0] = ((positions[large] - centre[number]) ** 2).sum(1)
        return cls(of, kind, centre, np.sqrt(means(squared, of, len(first))[:, 0]))

    def __len__(self) -> int:
        return len(self.kind)

    def nearest(self, positions: Floats, n_classes: int) -> Floats:
        """(N, C, 2) the centre of the cluster of each class that is nearest to each of the positions (N, 2); NaN where
        no cluster of that class is seen. A point in a cluster is nearest to its own."""
        places = np.full((len(positions), n_classes, 2), np.nan)
        for c in np.unique(self.kind):
            centres = self.centre[self.kind == c]
            nearest = np.linalg.norm(positions[:, None] - centres, axis=2).argmin(1)
            places[:, c] = centres[nearest]
        member = np.flatnonzero(self.of != NONE)
        places[member, self.kind[self.of[member]]] = self.centre[self.of[member]]
        return places
