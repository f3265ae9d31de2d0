"""What every projection is: a map of its own, put into layout units beside the layout before it."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from hill_exp.config import Choice
from hill_exp.projection.align import Map, place
from hill_exp.types import Floats, Layout


class Projection(Choice):
    """A map from latents to the picture that is shown."""

    @property
    def preload(self) -> str | None:
        """A module to import where workers are forked from, if the first use takes seconds."""
        return None

    def project(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Layout:
        """Lay out latents (N, d); `last` is the layout of the same N points at the turn before, if there was one.

        Latents without a structure (all equal, fewer points than neighbours, d = 1) give finite positions as well.
        Raises ValueError where latents are not finite.
        """
        if not np.isfinite(latents).all():
            raise ValueError("a projection was given latents that are not finite")
        return place(self.raw(latents, last, rng), last)

    @abstractmethod
    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        """The map itself, neither centred nor scaled nor aligned; the arguments are those of `project`."""
