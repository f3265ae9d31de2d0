"""Editors of classes as wholes: each class has one home, wherever its points lie."""

from __future__ import annotations

import numpy as np

from hill_exp.types import NO_CLASS, Floats
from simulated_users.group_centres import medians
from simulated_users.strategies.scene import Plan, Scene
from simulated_users.strategies.sorting import concern


def rescue(scene: Scene) -> Plan:
    """Bring points home that lie nearer to another class."""
    return scene.plan(scene.home, _misplacement(scene))


def boundary(scene: Scene) -> Plan:
    """Bring points home from where classes meet."""
    return scene.plan(scene.home, -np.abs(_misplacement(scene)))


def compact(scene: Scene) -> Plan:
    """Contract classes to half their size, from the outside (PLI's second edit, Hinterreiter et al. 2020)."""
    offset = 0.5 * (scene.view.positions - scene.centre[scene.belief]) + 0.5 * scene.disc
    return scene.plan(scene.centre, scene.distance(scene.centre), offset)


def separate(scene: Scene) -> Plan:
    """Push the bodies of classes apart as they are, core first (PLI's first edit, Hinterreiter et al. 2020)."""
    return scene.plan(scene.ring, -scene.distance(scene.centre), scene.view.positions - scene.centre[scene.belief])


def label_unlabelled(scene: Scene) -> Plan:
    """Put points without a label beside a labelled one of their class."""
    view = scene.view
    places = medians(view.positions, view.observed, len(view.classes))
    for c in np.unique(view.observed[view.observed != NO_CLASS]):
        example = view.positions[view.observed == c]
        places[c] = example[np.linalg.norm(example - places[c], axis=1).argmin()]
    return scene.plan(places, concern(scene) + 16 * (view.observed == NO_CLASS))


def _misplacement(scene: Scene) -> Floats:
    """(N,) how much nearer each point is to another class' home than to its own: below 0 where it is not."""
    homes = np.where(np.isfinite(scene.home), scene.home, np.inf)
    distance = np.linalg.norm(scene.view.positions[:, None] - homes, axis=2)  # (N, C)
    rows = np.arange(len(distance))
    to_home = distance[rows, scene.belief]
    distance[rows, scene.belief] = np.inf
    to_another = distance.min(1)
    return to_home - np.where(np.isfinite(to_another), to_another, 0.0)
