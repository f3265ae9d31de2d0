"""Random points to random places within the range of the layout."""

from __future__ import annotations

import numpy as np
from typing_extensions import override

from hill_exp.config import Choice
from hill_exp.person import Person
from hill_exp.types import Edit, View
from simulated_users.hands import Hands, Tools


class Random(Choice, Person):
    """Whatever moving points does by itself, without anybody's judgement, it does here too."""

    tools: Tools

    @override
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        """Handles points by chance, within the budget; each is dropped anywhere within the range of the layout."""
        n, hands = len(view), Hands(self.tools, view)
        chosen = rng.permutation(n)
        chosen = chosen[~view.reserved[chosen]][: view.budget.points]
        points, lead = self.tools.gather(view.positions, np.zeros(n, np.int64), chosen, view.budget.gestures)
        drag = rng.uniform(view.positions.min(0), view.positions.max(0), (n, 2)) - view.positions
        drops = view.positions[points] + drag[lead]
        hands.carry(points, lead, drops, np.linalg.norm(drag[lead], axis=1))
        return hands.edit()
