"""Where a person looks: at a region of the picture at a time, thumbnail by thumbnail.

The positions, and each point's colour (its observed label, or else the model's prediction), are seen of all points at
once. What an image shows is known to the person only once it has looked at its thumbnail, which takes time
(`Tools.look`); what it has handled in earlier turns it remembers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from hill_exp.config import Choice
from hill_exp.types import Bools, Floats, Ints
from simulated_users.rational_choice import order, standardised


class Gaze(Choice):
    """How much is taken in. How many regions are looked at in a turn is a matter of its seconds alone."""

    thumbnails: int | None = Field(ge=1)  # of a region: the middle and those next to it; None: every image is known
    neighbours: int = Field(ge=1)  # nearest points in the picture by which a point is seen to be in or out of place

    @property
    def knows_all(self) -> bool:
        """Whether the person knows every image without looking, as nobody does: an upper bound."""
        return self.thumbnails is None

    def regions(
        self, positions: Floats, appeal: Floats, closed: Bools, rationality: float, taste: Floats
    ) -> Iterator[Ints]:
        """The points to look at, region after region, from the middle outward; each point comes once.

        The middle of the next is chosen by its appeal (N,), as points are (see rational_choice.order), among those of
        the positions (N, 2) that are neither `closed` (N,), as known or reserved, nor in a region before. Whoever
        knows all has one region, without a point to look at.
        """
        if self.thumbnails is None:
            yield np.arange(0)
            return
        fresh = ~closed
        for middle in order(standardised(appeal, fresh), fresh, rationality, taste):
            if fresh[middle]:
                distance = np.linalg.norm(positions - positions[middle], axis=1)
                distance[middle] = -1.0  # it is looked at first, also where several lie at one place
                region = np.argsort(distance, kind="stable")[: self.thumbnails]
                yield region[fresh[region]]
                fresh[region] = False
