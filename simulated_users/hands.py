"""How a person carries points: the tool, the time that it takes, and a hand that does not land quite where it aims."""

from __future__ import annotations

import numpy as np
from pydantic import Field, FiniteFloat

from hill_exp.config import Choice
from hill_exp.types import Edit, Floats, Gesture, Ints, View


class Tools(Choice):
    """Single drags, or a lasso around several points and one drag of them all; and what each costs.

    Fitts' law: a drag of length D takes start + per_bit * log2(D / width + 1) seconds.
    """

    lasso: FiniteFloat = Field(ge=0)  # layout units, how far one lasso reaches; 0: points are dragged one by one
    look: FiniteFloat = Field(ge=0)  # s a point, to see what a thumbnail is
    start: FiniteFloat = Field(ge=0)  # s a drag
    per_bit: FiniteFloat = Field(ge=0)  # s a bit of difficulty
    width: FiniteFloat = Field(gt=0)  # layout units, of what is aimed at
    loop: FiniteFloat = Field(ge=0)  # s to draw a lasso

    def gather(self, positions: Floats, belief: Ints, chosen: Ints, most: int | None) -> tuple[Ints, Ints]:
        """(points, lead): the chosen points in the order in which they are carried, and the point that each is carried
        with. One gesture takes the first point that is left and, by lasso, those of its class that lie near it; `most`
        gestures are enough."""
        if not self.lasso:
            return chosen[:most], chosen[:most]
        groups: list[Ints] = []
        while len(chosen) and (most is None or len(groups) < most):
            near = np.linalg.norm(positions[chosen] - positions[chosen[0]], axis=1) <= self.lasso
            near &= belief[chosen] == belief[chosen[0]]
            groups.append(chosen[near])
            chosen = chosen[~near]
        leads = [np.full_like(group, group[0]) for group in groups]
        return np.concatenate([chosen[:0], *groups]), np.concatenate([chosen[:0], *leads])

    def carry(self, view: View, points: Ints, lead: Ints, drops: Floats, length: Floats) -> Edit:
        """The edit that drops `points` (k,) at `drops` (k, 2), as far as the budget goes.

        Points with the same `lead` (k,), which follow each other, share a gesture; `length` (k,) is that of its drag.
        """
        ends = np.flatnonzero(np.diff(lead, prepend=-1, append=-1))
        first, last = ends[:-1], ends[1:]
        seconds = self.look * (last - first) + self.start + self.per_bit * np.log2(length[first] / self.width + 1)
        seconds += self.loop * (self.lasso > 0)
        left = np.inf if view.budget.seconds is None else view.budget.seconds
        gestures: list[Gesture] = []
        for a, b, time in zip(first, last, seconds.tolist(), strict=True):
            if len(gestures) == view.budget.gestures:
                break
            if time <= left:  # what takes too long is left, for what can still be done
                gestures.append(Gesture(points[a:b], drops[a:b], time))
                left -= time
        return Edit.of(view.positions, gestures)


class Motor(Choice):
    """Endpoint noise, normal, the same in all directions. Its effective target width is 4.133 standard deviations."""

    constant: FiniteFloat = Field(ge=0)  # layout units, standard deviation of where a drag ends
    proportional: FiniteFloat = Field(ge=0)  # more of it for each layout unit that is dragged

    def spread(self, length: Floats) -> Floats:
        """Standard deviation of the end of a drag of this `length`."""
        return self.constant + self.proportional * length
