"""Group: lasso what lies together and belongs together, and shed what does not."""

from __future__ import annotations

import numpy as np

from hill_exp.types import NO_CLASS, Bools, Floats
from simulated_users.strategies.clusters import IN_PLACE, NONE
from simulated_users.strategies.scene import Plan, Scene


def group(scene: Scene) -> Plan:
    """Gather the points of a cluster in its middle. Points that look misplaced go first: into the nearest cluster of
    their kind, or, where none is seen, out of the cluster that they lie in."""
    misplaced = scene.support < IN_PLACE
    sites = np.where((misplaced | (scene.clusters.of != NONE))[:, None, None], scene.nearest_cluster, np.nan)
    homeless = misplaced & (scene.belief != NO_CLASS)
    homeless[homeless] = np.isnan(sites[homeless, scene.belief[homeless], 0])
    sites[homeless, scene.belief[homeless]] = _outside(scene, homeless)
    return Plan(sites, scene.disc, 1 - scene.support)


def _outside(scene: Scene, points: Bools) -> Floats:
    """(n, 2) for the n `points` (N,) a place just beyond the edge of the nearest cluster, straight out from its middle;
    NaN where no cluster is seen."""
    clusters, place = scene.clusters, scene.view.positions[points]
    if not len(clusters):
        return np.full_like(place, np.nan)
    nearest = np.linalg.norm(place[:, None] - clusters.centre, axis=2).argmin(1)
    out = place - clusters.centre[nearest]
    length = np.linalg.norm(out, axis=1, keepdims=True)
    direction = np.divide(out, length, out=np.tile([1.0, 0.0], (len(out), 1)), where=length > 0)
    return place + 2 * clusters.radius[nearest, None] * direction
