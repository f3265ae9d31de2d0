"""A perceptron with one hidden layer. No dropout and no batch norm: a step is a pure function of its inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from hill_exp.model.base import ImageShape, Model

if TYPE_CHECKING:
    from torch import nn


class Mlp(Model):
    hidden: int = Field(ge=1)

    def encoder(self, image_shape: ImageShape) -> nn.Module:
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(math.prod(image_shape), self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.latent),
        )
