"""Tidy: pull clusters together, and apart where they touch (both edits of PLI, Hinterreiter et al. 2020)."""

from __future__ import annotations

import numpy as np

from hill_exp.types import Floats
from simulated_users.strategies.clusters import NONE, Clusters
from simulated_users.strategies.scene import Plan, Scene


def tidy(scene: Scene) -> Plan:
    """Halve clusters about their middles, from the outside; and push them off from those of another kind that they
    touch. Points in no cluster are left where they are."""
    clusters, positions = scene.clusters, scene.view.positions
    member = np.flatnonzero(clusters.of != NONE)
    of = clusters.of[member]
    sites, offset, worth = np.full_like(scene.nearest_cluster, np.nan), scene.disc, np.zeros(len(positions))
    sites[member] = scene.nearest_cluster[member] + _push(clusters)[of, None]
    offset[member] = 0.5 * (positions[member] - clusters.centre[of])
    worth[member] = np.linalg.norm(positions[member] - clusters.centre[of], axis=1)
    return Plan(sites, offset, worth)


def _push(clusters: Clusters) -> Floats:
    """(K, 2) how far each cluster is to be pushed. Two touch where discs of twice their radius overlap (it holds 98% of
    a normal cloud); each yields half of the overlap, straight away from the other."""
    away = clusters.centre[:, None] - clusters.centre  # (K, K, 2)
    distance = np.linalg.norm(away, axis=2)
    overlap = np.maximum(0, 2 * (clusters.radius[:, None] + clusters.radius) - distance)
    overlap *= clusters.kind[:, None] != clusters.kind
    direction = np.divide(away, distance[..., None], out=np.zeros_like(away), where=distance[..., None] > 0)
    return (0.5 * overlap[..., None] * direction).sum(1)
