"""Explore: look where there is something to be seen, and correct it there. What is withheld guides nobody: who would go
by it looks anywhere.

People who pick points on a projection turn to the boundaries between classes once clusters are known (Bernard et al.,
EuroVis 2018).
"""

from __future__ import annotations

import numpy as np

from hill_exp.types import NO_CLASS, Floats
from simulated_users.strategies.clusters import IN_PLACE
from simulated_users.strategies.correct import correct
from simulated_users.strategies.picture import Picture
from simulated_users.strategies.scene import Plan, Scene, Strategy, anywhere


def mixture(picture: Picture) -> Floats:
    """(N,) How mixed the colours are about each point."""
    return picture.mixture


def latent_mixture(picture: Picture) -> Floats:
    """(N,) How mixed the colours are among the points nearest to each in the latent space, wherever they lie."""
    mixed = picture.latent_mixture
    return anywhere(picture) if mixed is None else mixed


def doubt(picture: Picture) -> Floats:
    """(N,) How unsure the model is of each point."""
    return np.nan_to_num(1 - picture.view.confidence)


def by_name(scene: Scene) -> Plan:
    """Drag points that look misplaced to where the name of their class stands, whether or not a cluster of their kind
    has been looked at; without names, as `correct`."""
    names = scene.view.names
    if names is None:
        return correct(scene)
    places = np.where((names != NO_CLASS)[:, None], scene.view.positions[names], np.nan)  # (C, 2)
    misplaced = scene.support < IN_PLACE
    return Plan(np.where(misplaced[:, None, None], places, np.nan), scene.disc, 1 - scene.support)


def insist(scene: Scene) -> Plan:
    """As `correct`, and what was moved in the turn before and has not followed comes first."""
    plan, lagging = correct(scene), scene.view.lagging
    return plan if lagging is None else plan._replace(worth=plan.worth + lagging)


EXPLORE = Strategy(correct, mixture)
EXPLORE_LATENTS = Strategy(correct, latent_mixture)
UNSURE = Strategy(correct, doubt)
BY_NAME = Strategy(by_name, mixture)
INSIST = Strategy(insist, mixture)
