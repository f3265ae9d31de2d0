"""The sham: looks and handles as much as the others, and puts every point back where it was."""

from __future__ import annotations

import numpy as np
from typing_extensions import override

from hill_exp.config import Choice
from hill_exp.person import Person
from hill_exp.types import Edit, View
from simulated_users.hands import Hands, Tools


class Placebo(Choice, Person):
    """Whatever showing points and distilling does by itself, without anybody's judgement, it does here too."""

    tools: Tools

    @override
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        """Handles points by chance, within the budget; none moves."""
        n, hands = len(view), Hands(self.tools, view)
        chosen = rng.permutation(n)
        chosen = chosen[~view.reserved[chosen]][: view.budget.points]
        points, lead = self.tools.gather(view.positions, np.zeros(n, np.int64), chosen, view.budget.gestures)
        hands.carry(points, lead, view.positions[points], np.zeros(len(points)))
        return hands.edit()
