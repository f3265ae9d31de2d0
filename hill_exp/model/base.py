"""What every model is: an encoder of its own, and a linear head on the latents."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from pydantic import Field

from hill_exp.config import Choice

if TYPE_CHECKING:
    from torch import nn

    from hill_exp.model.network import Network

ImageShape = tuple[int, int, int]  # channels, height, width


class Model(Choice):
    """What all models share: the size of the latent space, and a linear head on it."""

    latent: int = Field(ge=2)

    def build(self, image_shape: ImageShape, classes: int, seed: int) -> Network:
        """A new network on the CPU: images (B, channels, height, width) in [0, 1] -> latents (B, d), logits (B, C).

        `seed` alone sets the initial weights; torch's own generator is left as it was.
        """
        import torch

        from hill_exp.model.network import Network

        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return Network(self.encoder(image_shape), torch.nn.Linear(self.latent, classes))

    @abstractmethod
    def encoder(self, image_shape: ImageShape) -> nn.Module:
        """Standardised images (B, channels, height, width) -> latents (B, d)."""
