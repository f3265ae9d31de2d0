"""Sorters: they put classes to places that hang on neither the picture nor the model."""

from __future__ import annotations

import numpy as np

from hill_exp.types import NO_CLASS, Floats
from simulated_users.strategies.scene import Plan, Scene


def pile(scene: Scene) -> Plan:
    """Sort points into clearly separate places, one a class, each with a labelled example."""
    return scene.plan(scene.ring, concern(scene) + 16 * _legend(scene))


def arrange(scene: Scene) -> Plan:
    """Sort points to the places that the configuration gives to their classes."""
    return scene.plan(scene.class_map, concern(scene) + 16 * _legend(scene))


def concern(scene: Scene) -> Floats:
    """(N,) How much a sorter wants to deal with each point. Points never handled before come first: what is piled up
    already need not be told again. Then points that the model gets wrong, then points without a label, and, all else
    equal, the most surprising."""
    view = scene.view
    wrong = (view.predicted != scene.belief) & (view.predicted != NO_CLASS)
    fresh = np.isnan(view.pins[:, 0])
    confidence = np.nan_to_num(view.confidence)  # of who is not told it, all are alike
    surprise = np.where(wrong, confidence, 1 - confidence)
    return 8 * fresh + 4 * wrong + 2 * (view.observed == NO_CLASS) + surprise


def _legend(scene: Scene) -> Floats:
    """(N,) 1 for one point a class whose observed label is what the person believes, in classes whose pile has none
    yet: it shows what the pile is."""
    view = scene.view
    example = (view.observed == scene.belief) & (scene.belief != NO_CLASS)
    fresh = np.isnan(view.pins[:, 0])
    worth = np.where(example & fresh, concern(scene), -np.inf)
    legend = np.zeros(len(view))
    for c in np.setdiff1d(scene.belief[example], scene.belief[example & ~fresh]):
        legend[np.where(scene.belief == c, worth, -np.inf).argmax()] = 1
    return legend
