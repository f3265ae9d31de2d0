"""What every model is: an encoder of its own, and a linear head on the latents."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from hill_exp.config import Choice
from hill_exp.types import Floats

if TYPE_CHECKING:
    from torch import nn

    from hill_exp.model.network import Network

InputShape = tuple[int, ...]  # (channels, height, width) of an image, (length,) of a vector


class Model(Choice):
    """What all models share: the size of the latent space, and a linear head on it."""

    takes_vectors: ClassVar[bool] = False  # beside images

    latent: int = Field(ge=2, le=4096)

    def build(self, inputs: Floats, classes: int, seed: int, trained: nn.Module | None = None) -> Network:
        """A new network on the CPU: inputs like those of the canvas (N, ...) -> latents (B, d), logits (B, C).

        It is made for inputs of that shape, and of that mean and spread where they are vectors. `trained`: what of a
        pretrained network is trained as well, before the model. `seed` alone sets the initial weights; torch's own
        generator is left as it was.
        """
        import torch

        from hill_exp.model.network import Network, Scale

        x = torch.from_numpy(inputs)
        if trained is not None:
            with torch.no_grad():
                x = trained.eval()(x)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            encoder, head = self.encoder(tuple(x.shape[1:])), torch.nn.Linear(self.latent, classes)
        return Network(trained or torch.nn.Identity(), Scale.of(x), encoder, head)

    @abstractmethod
    def encoder(self, input_shape: InputShape) -> nn.Module:
        """Standardised inputs (B, ...) -> latents (B, d)."""
