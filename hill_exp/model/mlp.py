"""A perceptron with one hidden layer. No batch norm: a step is a function of its inputs, and of dropout's draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from hill_exp.model.base import InputShape, Model

if TYPE_CHECKING:
    from torch import nn


class Mlp(Model):
    takes_vectors = True

    hidden: int = Field(ge=1, le=65536)
    dropout: float = Field(ge=0, lt=1)  # share of hidden units left out of a step

    def encoder(self, input_shape: InputShape) -> nn.Module:
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(math.prod(input_shape), self.hidden),
            nn.ReLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, self.latent),
        )
