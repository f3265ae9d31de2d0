"""How a person looks at points and carries them: the tool, the time that it takes, and a hand that lands beside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from pydantic import Field, FiniteFloat

from hill_exp.config import Choice
from hill_exp.types import Edit, Floats, Gesture, Ints, View


class Tools(Choice):
    """Single drags, or a lasso around several points and one drag of them all; and what each costs.

    Fitts' law: a drag of length D takes start + per_bit * log2(D / width + 1) seconds.
    """

    lasso: FiniteFloat = Field(ge=0)  # layout units, how far one lasso reaches; 0: points are dragged one by one
    look: FiniteFloat = Field(ge=0)  # s a thumbnail, to see what it is
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

    def drag(self, length: float) -> float:
        """s of a drag of this length, in layout units, with the lasso that comes before it."""
        return float(self.start + self.per_bit * np.log2(length / self.width + 1) + self.loop * (self.lasso > 0))


class Hands:
    """One turn's work at a view: what was looked at and carried so far, and what the budget has left for more."""

    def __init__(self, tools: Tools, view: View) -> None:
        self._tools, self._positions = tools, view.positions
        self.points, self.gestures = view.budget.points, view.budget.gestures  # left; None: no limit
        self._seconds = np.inf if view.budget.seconds is None else view.budget.seconds  # left
        self._done: list[Gesture] = []
        self.looked = np.zeros(len(view), dtype=bool)  # (N,)
        self.handled = np.zeros(len(view), dtype=bool)  # (N,)

    def look(self, region: Ints) -> bool:
        """Look at the thumbnails of these points, in their order, as far as there is time to look at each and to drag
        it over the radius of the layout. False if nothing more can be looked at, or done."""
        if self.points == 0 or self.gestures == 0:
            return False
        each = self._tools.look + self._tools.drag(1.0)
        in_time = each * np.arange(1, len(region) + 1) <= self._seconds
        self._see(region[in_time])
        return bool(in_time.any()) or not len(region)

    def carry(self, points: Ints, lead: Ints, drops: Floats, length: Floats) -> None:
        """Drop `points` (k,) at `drops` (k, 2), as far as the budget goes. Each is looked at first, if it was not.

        Points with the same `lead` (k,), which follow each other, share a gesture; `length` (k,) is that of its drag.
        """
        ends = np.flatnonzero(np.diff(lead, prepend=-1, append=-1))
        for a, b in pairwise(ends.tolist()):
            if self.gestures == 0:
                break
            unseen = points[a:b][~self.looked[points[a:b]]]
            seconds = self._tools.drag(length[a])
            if self._tools.look * len(unseen) + seconds <= self._seconds:  # what takes too long is left, for what fits
                self._see(unseen)
                self._seconds -= seconds
                self._done.append(Gesture(points[a:b], drops[a:b], seconds))
                self.handled[points[a:b]] = True
                self.points = None if self.points is None else self.points - (b - a)
                self.gestures = None if self.gestures is None else self.gestures - 1

    def _see(self, points: Ints) -> None:
        self.looked[points] = True
        self._seconds -= self._tools.look * len(points)

    def edit(self) -> Edit:
        """The turn's edit."""
        return Edit.of(self._positions, self._done, self.looked, self._tools.look * int(self.looked.sum()))


class Motor(Choice):
    """Endpoint noise, normal, the same in all directions. Its effective target width is 4.133 standard deviations."""

    constant: FiniteFloat = Field(ge=0)  # layout units, standard deviation of where a drag ends
    proportional: FiniteFloat = Field(ge=0)  # more of it for each layout unit that is dragged

    def spread(self, length: Floats) -> Floats:
        """Standard deviation of the end of a drag of this `length`."""
        return self.constant + self.proportional * length
