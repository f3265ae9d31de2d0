"""What a strategy works from, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hill_exp.types import NO_CLASS, Bools, Floats, Ints, View
from simulated_users.biases import Attraction
from simulated_users.group_centres import means, medians
from simulated_users.piles import Piles
from simulated_users.strategies.clusters import Clusters
from simulated_users.strategies.picture import Picture


@dataclass(frozen=True)
class Scene:
    """The view as this person understands it: belief (N,) is the class that it holds each point to belong to, NO_CLASS
    for a point that it has not looked at, of which `view` has neither `recognised` nor `attribute`."""

    view: View
    belief: Ints
    picture: Picture
    piles: Piles
    stereotype: Attraction
    class_map: Floats  # (C, 2) the places, in layout units, that the configuration gives; NaN: none

    # --- the picture

    @cached_property
    def known(self) -> Ints:
        """(N,) the class of each point as far as the person knows: as it takes the image, or else as the label says,
        which is seen as a colour; NO_CLASS where neither. Predictions do not count: they may err."""
        return np.where(self.belief == NO_CLASS, self.view.observed, self.belief)

    @cached_property
    def support(self) -> Floats:
        """(N,) how well each known point lies where it is (see Picture)."""
        return self.picture.support(self.known)

    @cached_property
    def clusters(self) -> Clusters:
        """The clusters of known points."""
        return Clusters.seen(self.picture, self.known, self.support)

    @cached_property
    def nearest_cluster(self) -> Floats:
        """(N, C, 2) the middle of the cluster of each class that is nearest to each point; NaN: none is seen."""
        return self.clusters.nearest(self.view.positions, len(self.view.classes))

    # --- classes as wholes

    @cached_property
    def ring(self) -> Floats:
        """(C, 2) separate places, one a class."""
        view = self.view
        piled = np.where(np.isfinite(view.pins[:, 0]), self.belief, NO_CLASS)
        pins = self.stereotype.unshift(view.pins, piled, len(view.classes))
        return self.piles.sites(pins, piled, view.positions, view.recognised, len(view.classes))

    @property
    def present(self) -> Bools:
        """(C,) classes to which a point is held to belong."""
        return np.bincount(self.belief[self.belief != NO_CLASS], minlength=len(self.view.classes)) > 0

    @cached_property
    def home(self) -> Floats:
        """(C, 2) where most of each class is; NaN for a class that no point is held to belong to."""
        return medians(self.view.positions, self.belief, len(self.view.classes))

    @cached_property
    def centre(self) -> Floats:
        """(C, 2) the mean of each class; NaN for a class that no point is held to belong to."""
        return means(self.view.positions, self.belief, len(self.view.classes))

    def distance(self, places: Floats) -> Floats:
        """(N,) how far each point is from the place of its class."""
        return np.linalg.norm(self.view.positions - places[self.belief], axis=1)

    # --- towards an answer

    @property
    def disc(self) -> Floats:
        """(N, 2) where in a pile each point lies."""
        return self.piles.disc(len(self.view))

    def plan(self, places: Floats, worth: Floats, offset: Floats | None = None) -> Plan:
        """Every point to the place of its class, places (C, 2); and there to the `offset` (N, 2), or on a pile."""
        sites = np.broadcast_to(places, (len(self.view), *places.shape))
        return Plan(sites, self.disc if offset is None else offset, worth)


class Plan(NamedTuple):
    """What a strategy answers, of C classes and N points, in layout units."""

    sites: Floats  # (N, C, 2) where each point belongs, were it of each class; NaN: where it is
    offset: Floats  # (N, 2) from there to where it is put
    worth: Floats  # (N,) of handling each point, on any scale

    def reach(self, belief: Ints) -> Bools:
        """(N,) which points have a place to be carried to, taken for the classes `belief` (N,)."""
        return np.isfinite(self.sites[np.arange(len(belief)), belief, 0])


def anywhere(picture: Picture) -> Floats:
    """(N,) The same appeal all over the picture: the region to look at is chosen by chance."""
    return np.zeros(len(picture.view))


class Strategy(NamedTuple):
    """What a person tries to do with the layout."""

    plan: Callable[[Scene], Plan]  # what to do with what it has looked at
    appeal: Callable[[Picture], Floats] = anywhere  # (N,) of looking there, on any scale
