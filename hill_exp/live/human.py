"""The choice of a real person at the page."""

from __future__ import annotations

import numpy as np

from hill_exp.config import Choice
from hill_exp.person import Person
from hill_exp.types import Edit, UserError, View


class Human(Choice, Person):
    """A real person at the page. `hill_exp.live.trainer.Correspondent` stands for one in a training; this one edits
    nothing."""

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        raise UserError("user=human: a real person sits at the page of python -m hill_exp +user=human, nowhere else")
