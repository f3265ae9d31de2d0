"""What a person tries to do with the layout, as a plan over all points.

Every strategy answers three questions: where does each class belong, how much of the shape that its points have is
kept, and which points are worth the most. A point is then carried to
    site of its class + keep * (its place - centre of its class) + (1 - keep) * its place in a pile's disc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from hill_exp.types import NO_CLASS, Bools, Floats, Ints, View
from simulated_users.biases import Attraction
from simulated_users.group_centres import means, medians
from simulated_users.piles import Piles


@dataclass(frozen=True)
class Scene:
    """The view as this person understands it: belief (N,) is the class that it holds each point to belong to."""

    view: View
    belief: Ints
    piles: Piles
    stereotype: Attraction
    class_map: Floats  # (C, 2) the places, in layout units, that the configuration gives; NaN: none

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


class Plan(NamedTuple):
    """What a strategy answers, of C classes and N points."""

    sites: Floats  # (C, 2) where each class belongs, layout units; NaN: nowhere, its points are left alone
    keep: float  # share of the shape that is kept: 0 piles points up, 1 moves them as a whole
    worth: Floats  # (N,) of handling each point, on any scale


def pile(scene: Scene) -> Plan:
    """Sort points into clearly separate places, one a class, each with a labelled example."""
    return Plan(scene.ring, 0.0, _concern(scene) + 16 * _legend(scene))


def arrange(scene: Scene) -> Plan:
    """Sort points to the places that the configuration gives to their classes."""
    return Plan(scene.class_map, 0.0, _concern(scene) + 16 * _legend(scene))


def rescue(scene: Scene) -> Plan:
    """Bring points home that lie nearer to another class."""
    return Plan(scene.home, 0.0, _misplacement(scene))


def boundary(scene: Scene) -> Plan:
    """Bring points home from where classes meet."""
    return Plan(scene.home, 0.0, -np.abs(_misplacement(scene)))


def compact(scene: Scene) -> Plan:
    """Contract classes to half their size, from the outside (PLI's second edit, Hinterreiter et al. 2020)."""
    return Plan(scene.centre, 0.5, scene.distance(scene.centre))


def separate(scene: Scene) -> Plan:
    """Push the bodies of classes apart as they are, core first (PLI's first edit, Hinterreiter et al. 2020)."""
    return Plan(scene.ring, 1.0, -scene.distance(scene.centre))


def label_unlabelled(scene: Scene) -> Plan:
    """Put points without a label beside a labelled one of their class."""
    view = scene.view
    sites = medians(view.positions, view.observed, len(view.classes))
    for c in np.unique(view.observed[view.observed != NO_CLASS]):
        example = view.positions[view.observed == c]
        sites[c] = example[np.linalg.norm(example - sites[c], axis=1).argmin()]
    return Plan(sites, 0.0, _concern(scene) + 16 * (view.observed == NO_CLASS))


STRATEGIES: Final[dict[str, Callable[[Scene], Plan]]] = {
    strategy.__name__: strategy for strategy in (pile, arrange, rescue, boundary, compact, separate, label_unlabelled)
}


def _concern(scene: Scene) -> Floats:
    """(N,) How much a sorter wants to deal with each point. Points never handled before come first: what is piled up
    already need not be told again. Then points that the model gets wrong, then points without a label, and, all else
    equal, the most surprising."""
    view = scene.view
    wrong = view.predicted != scene.belief
    fresh = np.isnan(view.pins[:, 0])
    surprise = np.where(wrong, view.confidence, 1 - view.confidence)
    return 8 * fresh + 4 * wrong + 2 * (view.observed == NO_CLASS) + surprise


def _legend(scene: Scene) -> Floats:
    """(N,) 1 for one point a class whose observed label is what the person believes, in classes whose pile has none
    yet: it shows what the pile is."""
    view = scene.view
    example = (view.observed == scene.belief) & (scene.belief != NO_CLASS)
    fresh = np.isnan(view.pins[:, 0])
    worth = np.where(example & fresh, _concern(scene), -np.inf)
    legend = np.zeros(len(view))
    for c in np.setdiff1d(scene.belief[example], scene.belief[example & ~fresh]):
        legend[np.where(scene.belief == c, worth, -np.inf).argmax()] = 1
    return legend


def _misplacement(scene: Scene) -> Floats:
    """(N,) how much nearer each point is to another class' home than to its own: below 0 where it is not."""
    homes = np.where(np.isfinite(scene.home), scene.home, np.inf)
    distance = np.linalg.norm(scene.view.positions[:, None] - homes, axis=2)  # (N, C)
    rows = np.arange(len(distance))
    to_home = distance[rows, scene.belief]
    distance[rows, scene.belief] = np.inf
    to_another = distance.min(1)
    return to_home - np.where(np.isfinite(to_another), to_another, 0.0)
