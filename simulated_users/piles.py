"""Where a person who sorts puts things: clearly separate places, one a class, that stay where they are."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field, FiniteFloat

from hill_exp.config import Choice
from hill_exp.types import NO_CLASS, Floats, Ints


class Piles(Choice):
    """Places on a ring around the layout; where one ring is full, another around it."""

    radius: FiniteFloat = Field(gt=0)  # layout units, of the innermost ring
    spacing: FiniteFloat = Field(gt=0)  # layout units, at least, between neighbouring places
    spread: FiniteFloat = Field(ge=0)  # layout units, the radius of the disc that a pile's points fill

    def slots(self, k: int) -> Floats:
        """(k, 2) the places for k piles."""
        rings: list[Floats] = []
        radius = self.radius
        while k > 0:
            fits = 1 if radius < self.spacing / 2 else int(math.pi / math.asin(self.spacing / (2 * radius)) + 1e-9)
            angle = 2 * np.pi * np.arange(min(k, fits)) / min(k, fits)
            rings.append(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
            k -= fits
            radius += self.spacing
        return np.concatenate(rings)

    def sites(self, pins: Floats, piled: Ints, positions: Floats, recognised: Ints, k: int) -> Floats:
        """(k, 2) the place of each class: where its pile is already, and else so that the least is dragged.

        pins (N, 2) are where points were dropped on the pile of the class piled (N,), NO_CLASS: never. Classes are
        assigned to slots (Hungarian) by the distances from the slot of their pins, a sum that a few stray pins do not
        sway, or, where a class has no pile yet, of the positions (N, 2) of the points recognised (N,) as it.
        """
        from scipy.optimize import linear_sum_assignment

        slots = self.slots(k)
        old = np.isin(np.arange(k), piled)
        pinned = piled != NO_CLASS
        new = (recognised != NO_CLASS) & ~old[recognised]
        points, group = np.concatenate([pins[pinned], positions[new]]), np.concatenate([piled[pinned], recognised[new]])
        cost = np.zeros((k, k))  # (class, slot)
        np.add.at(cost, group, np.linalg.norm(points[:, None] - slots, axis=2))
        cost[old] *= 1e3  # no new pile displaces an old one
        _, slot = linear_sum_assignment(cost)
        return slots[slot]

    def disc(self, n: int) -> Floats:
        """(n, 2) the offset of each point from the middle of its pile: a disc, filled evenly, always the same."""
        i = np.arange(n)
        radius = self.spread * np.sqrt((i * math.sqrt(2) + 0.5) % 1)
        angle = i * math.pi * (3 - math.sqrt(5))  # golden angle
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
