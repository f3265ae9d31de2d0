"""Where a person who sorts puts things: clearly separate places, one a class, that stay where they are."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field, FiniteFloat

from hill_exp.config import Choice
from hill_exp.types import Floats


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

    def sites(self, piled: Floats, centres: Floats) -> Floats:
        """(k, 2) the place of each class: where its pile is already, and else so that the least is dragged.

        A class with a pile keeps the slot that is nearest to it, piled (k, 2); a new one takes a free slot near its
        centre, centres (k, 2); NaN: no pile, no points. One Hungarian assignment of classes to slots does both.
        """
        from scipy.optimize import linear_sum_assignment

        slots = self.slots(len(piled))
        old = np.isfinite(piled[:, 0])
        nearness = np.where(old[:, None], piled, centres)  # (k, 2)
        cost = np.linalg.norm(nearness[:, None] - slots, axis=2)  # (class, slot)
        cost[old] *= 1e3  # no new pile displaces an old one
        _, slot = linear_sum_assignment(np.nan_to_num(cost))  # an absent class takes what is left
        return slots[slot]

    def disc(self, n: int) -> Floats:
        """(n, 2) the offset of each point from the middle of its pile: a disc, filled evenly, always the same."""
        i = np.arange(n)
        radius = self.spread * np.sqrt((i * math.sqrt(2) + 0.5) % 1)
        angle = i * math.pi * (3 - math.sqrt(5))  # golden angle
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
