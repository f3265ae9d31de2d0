"""Nobody at the canvas: plain training for the same number of steps."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hill_exp.config import Choice
from hill_exp.types import Edit, View


class Nobody(Choice):
    looks: ClassVar[bool] = False  # the harness shows it nothing and asks for no edit

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        return Edit.of(view.positions, [])
