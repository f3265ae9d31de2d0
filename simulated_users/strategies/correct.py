"""Correct what looks wrong: the gesture that comes to people first."""

from __future__ import annotations

import numpy as np

from simulated_users.strategies.clusters import IN_PLACE
from simulated_users.strategies.scene import Plan, Scene


def correct(scene: Scene) -> Plan:
    """Drag points that look misplaced, for most about them are of other classes, into the nearest cluster of their
    kind that is seen; those that look it most first."""
    misplaced = scene.support < IN_PLACE
    sites = np.where(misplaced[:, None, None], scene.nearest_cluster, np.nan)
    return Plan(sites, scene.disc, 1 - scene.support)
